import type { FlowEntry } from '../../src/openflow/action.ts';
import { ByteReader, ByteWriter } from '../../src/openflow/bytes.ts';
import { takeFlowStats } from '../../src/openflow/flow-stats.ts';
import { putInstructions } from '../../src/openflow/instruction-wire.ts';
import { putMatch } from '../../src/openflow/match-wire.ts';

/** A flow as a switch tells of it (OpenFlow 1.4 section 7.3.5.2), with counters that are of no interest. */
export function putFlowStats(writer: ByteWriter, { table, priority, cookie, match, actions }: FlowEntry): void {
  const start = writer.size;
  writer.u16(0).u8(table).u8(0).u32(7).u32(5).u16(priority).zeros(10).u64(cookie).u64(3n).u64(180n);
  putMatch(writer, match);
  putInstructions(writer, actions);
  writer.setLength(start, writer.size - start);
}

export function flowStats(flows: readonly FlowEntry[]): Uint8Array {
  const writer = new ByteWriter();
  for (const flow of flows) putFlowStats(writer, flow);
  return writer.bytes();
}

/** There and back. */
export function throughBytes(flows: readonly FlowEntry[]): readonly FlowEntry[] {
  return takeFlowStats(new ByteReader(flowStats(flows)));
}
