import type { FlowEntry } from './action.ts';
import type { Channel } from './channel.ts';
import { askParts } from './exchange.ts';
import type { FlowCount, FlowText } from './flow.ts';
import {
  type Aggregate,
  MULTIPART,
  putFlowStatsRequest,
  takeAggregate,
  takeFlowCounts,
  takeFlowStats,
} from './flow-stats.ts';

/** Asks for what has met the flows of these cookies, together. @throws OpenflowError */
export async function askAggregate(channel: Channel, cookie: bigint, mask: bigint): Promise<Aggregate> {
  let sum: Aggregate = { packets: 0n, bytes: 0n, flows: 0 };
  await askParts(channel, {
    what: 'sums of flows',
    kind: MULTIPART.aggregate,
    put: (writer) => putFlowStatsRequest(writer, cookie, mask),
    take: (body) => {
      sum = takeAggregate(body);
    },
  });
  return sum;
}

/** Asks for what has met each flow of these cookies. @throws OpenflowError */
export async function askCounters(channel: Channel, cookie: bigint, mask: bigint): Promise<readonly FlowCount[]> {
  const counts: FlowCount[] = [];
  await askParts(channel, {
    what: 'counters of flows',
    kind: MULTIPART.flow,
    put: (writer) => putFlowStatsRequest(writer, cookie, mask),
    take: (body) => {
      for (const count of takeFlowCounts(body)) counts.push(count);
    },
  });
  return counts;
}

/** Which flows are asked for, and what becomes of them. */
export interface FlowQuestion {
  readonly cookie: bigint;
  readonly mask: bigint;
  readonly toText: (entry: FlowEntry) => FlowText;
  /** Called with all of them upon the last part, before the message that follows it is looked at. */
  readonly whole: (flows: readonly FlowText[]) => void;
}

/** Asks for the flows of these cookies. @throws OpenflowError */
export async function askFlows(channel: Channel, question: FlowQuestion): Promise<readonly FlowText[]> {
  const { cookie, mask, toText, whole } = question;
  const flows: FlowText[] = [];
  await askParts(channel, {
    what: 'flows',
    kind: MULTIPART.flow,
    put: (writer) => putFlowStatsRequest(writer, cookie, mask),
    take: (body) => {
      for (const entry of takeFlowStats(body)) flows.push(toText(entry));
    },
    whole: () => whole(flows),
  });
  return flows;
}
