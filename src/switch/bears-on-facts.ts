import type { Change, RowChange } from '../ovsdb-client/replica.ts';
import { type InterfaceRow, type SwitchTables, TUNNEL_EGRESS } from './tables.ts';

/** Of an interface's status nothing counts but where a tunnel leaves: whether its carrier is up, say, changes no fact. */
function countsOf({ status, ...columns }: InterfaceRow): readonly unknown[] {
  return [status.get(TUNNEL_EGRESS), ...Object.values(columns)];
}

function bears(change: RowChange<SwitchTables>): boolean {
  const { table, before, after } = change;
  if (!before || !after) return true;
  switch (table) {
    case 'Open_vSwitch':
      return before.bridges !== after.bridges || before.other_config !== after.other_config;
    case 'Interface': {
      const now = countsOf(after);
      return countsOf(before).some((value, index) => value !== now[index]);
    }
    default:
      return true;
  }
}

/** Whether facts may differ after a change: not if it only tells how far ovs-vswitchd has come, or how a device is. */
export function bearsOnFacts({ kind, rows }: Change<SwitchTables>): boolean {
  return kind === 'synchronised' || rows.some(bears);
}
