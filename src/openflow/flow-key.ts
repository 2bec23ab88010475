import type { FlowBridge, FlowText } from './flow.ts';

/** Names a flow in its bridge: there is one for each table, priority and match. */
export function flowKey({ table, priority, match }: Pick<FlowText, 'table' | 'priority' | 'match'>): string {
  return `${table} ${priority} ${match}`;
}

/** Flows of one bridge by their key. */
export type FlowTable = ReadonlyMap<string, FlowText>;

/** Flows of both bridges. */
export type FlowTables = Readonly<Record<FlowBridge, FlowTable>>;
