import type { WireAction } from './action.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { GROUP_ANY } from './flow-mod.ts';
import { ALL_TABLES } from './flow-stats.ts';
import { takeInstructions } from './instruction-wire.ts';
import type { MatchTerm } from './match-terms.ts';
import { putMatch, takeMatch } from './match-wire.ts';
import { OpenflowError } from './openflow-error.ts';
import { PORT_ANY } from './ports.ts';

/** `ofp_flow_monitor_flags`: added, removed and changed flows, with what they do. What is there already is asked for apart. */
const WATCH = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 4);
const MONITOR_ID = 1;
const COMMAND_ADD = 0;

/** `ofp_flow_update_event` by number; the first is not asked for. */
const EVENTS = ['initial', 'added', 'removed', 'modified', 'own', 'paused', 'resumed'] as const;
const HEADER_BYTES = 4;

/** A change of a flow by somebody else, as the switch tells it. */
export interface FlowUpdate {
  readonly kind: 'added' | 'removed' | 'modified';
  readonly table: number;
  readonly priority: number;
  readonly cookie: bigint;
  readonly match: readonly MatchTerm[];
  readonly actions: readonly WireAction[];
}

/**
 * Something that a flow monitor tells: OpenFlow 1.4 section 7.3.5.17. Our own changes come as `own`, without saying more.
 * From `paused` to `resumed` the switch leaves things out, because it had too much to tell.
 */
export type MonitorEvent = FlowUpdate | { readonly kind: 'own' | 'paused' | 'resumed' };

/** Asks to be told of all changes of flows by others. A monitor cannot be narrowed to cookies. */
export function putMonitorRequest(writer: ByteWriter): void {
  writer.u32(MONITOR_ID).u32(PORT_ANY).u32(GROUP_ANY).u16(WATCH).u8(ALL_TABLES).u8(COMMAND_ADD);
  putMatch(writer, []);
}

/** What a flow of theirs does is of no interest, and not taken apart. */
function readUpdate(kind: FlowUpdate['kind'], update: ByteReader, isOurs: (cookie: bigint) => boolean): FlowUpdate {
  const table = update.u8();
  const priority = update.skip(5).u16();
  const cookie = update.skip(4).u64();
  const match = takeMatch(update);
  return { kind, table, priority, cookie, match, actions: isOurs(cookie) ? takeInstructions(update) : [] };
}

/** Takes the events of one message. @throws OpenflowError `protocol` */
export function takeMonitorEvents(reader: ByteReader, isOurs: (cookie: bigint) => boolean): MonitorEvent[] {
  const events: MonitorEvent[] = [];
  while (reader.left > 0) {
    const length = reader.u16();
    if (length < HEADER_BYTES) throw new OpenflowError('protocol', `the switch sent a flow update of ${length} bytes`);
    const update = reader.part(length - 2);
    const kind = EVENTS[update.u16()];
    if (kind === 'own' || kind === 'paused' || kind === 'resumed') events.push({ kind });
    else if (kind === 'initial' || kind === undefined) {
      throw new OpenflowError('protocol', 'the switch sent a flow update that was not asked for');
    } else events.push(readUpdate(kind, update, isOurs));
  }
  return events;
}
