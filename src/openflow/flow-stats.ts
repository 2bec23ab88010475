import type { FlowEntry } from './action.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { FlowCount } from './flow.ts';
import { GROUP_ANY } from './flow-mod.ts';
import { takeInstructions } from './instruction-wire.ts';
import { putMatch, takeMatch } from './match-wire.ts';
import { OpenflowError } from './openflow-error.ts';
import { PORT_ANY } from './ports.ts';

/** Kinds of multipart messages: OpenFlow 1.4 section 7.3.5. */
export const MULTIPART = { flow: 1, aggregate: 2, flowMonitor: 16 } as const;
export const ALL_TABLES = 0xff;
const FLOW_HEADER_BYTES = 48;

/** Counters of several flows together. */
export interface Aggregate {
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly flows: number;
}

/** Asks for the flows, or for their sums, of all tables whose cookie agrees with `cookie` in the bits of `mask`. */
export function putFlowStatsRequest(writer: ByteWriter, cookie: bigint, mask: bigint): void {
  writer.u8(ALL_TABLES).zeros(3).u32(PORT_ANY).u32(GROUP_ANY).zeros(4).u64(cookie).u64(mask);
  putMatch(writer, []);
}

/** Timers, flags and counters are passed over. */
function readEntry(entry: ByteReader): FlowEntry {
  const table = entry.u8();
  const priority = entry.skip(9).u16();
  const cookie = entry.skip(10).u64();
  entry.skip(16);
  return { table, priority, cookie, match: takeMatch(entry), actions: takeInstructions(entry) };
}

function readCount(entry: ByteReader): FlowCount {
  const cookie = entry.skip(22).u64();
  return { cookie, packets: entry.u64(), bytes: entry.u64() };
}

function takeEach<T>(reader: ByteReader, read: (entry: ByteReader) => T): T[] {
  const found: T[] = [];
  while (reader.left > 0) {
    const length = reader.u16();
    if (length < FLOW_HEADER_BYTES) throw new OpenflowError('protocol', `the switch sent a flow of ${length} bytes`);
    found.push(read(reader.part(length - 2)));
  }
  return found;
}

/** Takes the flows of one part of an answer: OpenFlow 1.4 section 7.3.5.2. @throws OpenflowError `protocol` */
export const takeFlowStats = (reader: ByteReader): FlowEntry[] => takeEach(reader, readEntry);

/** The same, but only what has met the flows. @throws OpenflowError `protocol` */
export const takeFlowCounts = (reader: ByteReader): FlowCount[] => takeEach(reader, readCount);

/** OpenFlow 1.4 section 7.3.5.3. @throws OpenflowError `protocol` */
export function takeAggregate(reader: ByteReader): Aggregate {
  return { packets: reader.u64(), bytes: reader.u64(), flows: reader.u32() };
}
