import type { Change, RowChange } from '../ovsdb-client/replica.ts';
import type { InterfaceRow, SwitchTables } from './tables.ts';

/** Columns of Interface that ovs-vswitchd itself writes: they tell of what was applied, they ask for nothing. */
const asked = ({ name, type, options, ofport_request }: InterfaceRow) => [name, type, options, ofport_request];

function asksForSomething(change: RowChange<SwitchTables>): boolean {
  switch (change.table) {
    case 'Bridge':
    case 'Port':
    case 'Mirror':
      return true;
    case 'Interface': {
      const { before, after } = change;
      if (!before || !after) return true;
      const now = asked(after);
      return asked(before).some((value, index) => value !== now[index]);
    }
    default:
      return false;
  }
}

/**
 * Knows whether ovs-vswitchd has carried out all that the replica shows. It confirms configurations in order: when
 * `Open_vSwitch.cur_cfg` reaches the `next_cfg` that some transaction set, that transaction and all before it are applied,
 * also those of others that do not count `next_cfg` up.
 */
export class AppliedChanges {
  #seen = 0;
  #applied = 0;
  #nextConfiguration: number | undefined;
  /** Configurations that wait for ovs-vswitchd, ascending, each with the changes that it covers. */
  #waiting: { readonly configuration: number; readonly covers: number }[] = [];

  /** A change that the replica shows now. */
  take(change: Change<SwitchTables>): void {
    if (change.kind === 'synchronised') this.#startAnew();
    if (change.kind === 'synchronised' || change.rows.some(asksForSomething)) this.#seen += 1;
    for (const { table, after } of change.rows) {
      if (table === 'Open_vSwitch' && after) this.#configured(after.next_cfg, after.cur_cfg);
    }
  }

  /** Something that the replica shows may not be applied yet. */
  get pending(): boolean {
    return this.#applied < this.#seen;
  }

  /** What was changed while nobody looked is covered by no configuration that we know of. */
  #startAnew(): void {
    this.#waiting = [];
    this.#nextConfiguration = undefined;
  }

  #configured(next: number, current: number): void {
    const isNew = this.#nextConfiguration !== undefined && next !== this.#nextConfiguration;
    this.#nextConfiguration = next;
    if (isNew) this.#waiting.push({ configuration: next, covers: this.#seen });
    for (const { configuration, covers } of this.#waiting) {
      if (configuration <= current) this.#applied = Math.max(this.#applied, covers);
    }
    this.#waiting = this.#waiting.filter(({ configuration }) => configuration > current);
  }
}
