import type { FlowEntry } from './action.ts';
import { formatWireActions, parseWireActions } from './action-text.ts';
import type { FlowBridge, FlowText } from './flow.ts';
import { formatTerms, parseTerms } from './match-text.ts';

/** A flow taken apart. @throws OpenflowError `syntax` */
export function readFlowText({ table, priority, cookie, match, actions }: FlowText): FlowEntry {
  return { table, priority, cookie, match: parseTerms(match), actions: parseWireActions(actions) };
}

/** A flow in the words in which `ovs-ofctl --no-names dump-flows` prints it. */
export function toFlowText(bridge: FlowBridge, { table, priority, cookie, match, actions }: FlowEntry): FlowText {
  return { bridge, table, priority, cookie, match: formatTerms(match), actions: formatWireActions(actions) };
}
