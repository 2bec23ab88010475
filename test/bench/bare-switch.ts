import { COOKIE_MASK, COOKIE_PREFIX } from '../../src/compile/cookie.ts';
import type { FlowBridge, FlowMod, FlowText } from '../../src/openflow/flow.ts';
import { OpenflowSession } from '../../src/openflow/openflow-session.ts';
import type { Operation } from '../../src/ovsdb-client/operation.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { mutate, type SwitchTables, tables, update } from '../../src/switch/tables.ts';
import type { Switch } from '../support/switch.ts';

/** Without tunnels: all is on one host. */
export type BareBridge = Exclude<FlowBridge, 'tunnel'>;

const BRIDGES: Readonly<Record<BareBridge, string>> = { integration: 'br-int', tap: 'br-tap' };
/** The guarded port whose `protected` makes the switch look at its cached flows again: see src/switch/row-operations.ts. */
const TOGGLED = 'patch-int-tap';

/** The ports of a mirror by their row ids; one of the two is empty in each of ours. */
interface Members {
  readonly select_src_port: ReadonlySet<string>;
  readonly select_dst_port: ReadonlySet<string>;
}

/** What a switch holds of ours, as far as taps change it once the host has its first ones. */
export interface SwitchState {
  readonly flows: Readonly<Record<BareBridge, readonly FlowText[]>>;
  /** By row id. */
  readonly mirrors: ReadonlyMap<string, Members>;
  /** How many transactions have asked to be told when they are applied. */
  readonly transactions: number;
}

/** A change of ports in one column of a Mirror row. */
export interface MirrorChange {
  readonly rowId: string;
  readonly column: keyof Members;
  readonly insert: readonly string[];
  readonly remove: readonly string[];
}

/** A switch spoken to directly, with no agent in between: our own clients of OVSDB and OpenFlow, and nothing else. */
export class BareSwitch {
  readonly #client: OvsdbClient<SwitchTables>;
  readonly #sessions: Readonly<Record<BareBridge, OpenflowSession>>;

  private constructor(on: Switch) {
    const ours = { cookie: COOKIE_PREFIX, mask: COOKIE_MASK };
    const session = (bridge: BareBridge) =>
      new OpenflowSession({ bridge, remote: `unix:${on.runDir}/${BRIDGES[bridge]}.mgmt`, ours });
    this.#client = new OvsdbClient({ remote: `unix:${on.dbSocket}`, database: 'Open_vSwitch', tables });
    this.#sessions = { integration: session('integration'), tap: session('tap') };
  }

  /** Both bridges must be there. */
  static async open(on: Switch): Promise<BareSwitch> {
    const bare = new BareSwitch(on);
    bare.#client.start();
    for (const session of Object.values(bare.#sessions)) session.start();
    await bare.#client.ready();
    return bare;
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), ...Object.values(this.#sessions).map((session) => session.close())]);
  }

  async read(): Promise<SwitchState> {
    const { integration, tap } = this.#sessions;
    const flows = {
      integration: [...(await integration.refresh()).values()],
      tap: [...(await tap.refresh()).values()],
    };
    const rows = [...this.#client.replica.table('Mirror')];
    const mirrors = new Map(
      rows.map(([id, { select_src_port, select_dst_port }]) => [
        id,
        { select_src_port: new Set(select_src_port), select_dst_port: new Set(select_dst_port) },
      ]),
    );
    return { flows, mirrors, transactions: this.#root().next_cfg };
  }

  /** Resolves when the switch has confirmed the bundle. */
  bundle(bridge: BareBridge, mods: readonly FlowMod[]): Promise<void> {
    return this.#sessions[bridge].commit(mods);
  }

  /** How many flows a bridge has, of whomever. */
  async countFlows(bridge: BareBridge): Promise<number> {
    return (await this.#sessions[bridge].aggregate(0n, 0n)).flows;
  }

  /** Changes mirrors, and has the switch look at its cached flows again; resolves when ovs-vswitchd has applied it. */
  changeMirrors(changes: readonly MirrorChange[]): Promise<void> {
    const mutations = changes.map(({ rowId, column, insert, remove }) =>
      mutate(
        'Mirror',
        [['_uuid', '==', rowId]],
        [
          [column, 'delete', remove],
          [column, 'insert', insert],
        ],
      ),
    );
    return this.#transact([...mutations, ...this.#revalidate()]);
  }

  #root() {
    const [root] = this.#client.replica.table('Open_vSwitch').values();
    if (!root) throw new Error('the database has no row of Open_vSwitch');
    return root;
  }

  #revalidate(): Operation[] {
    const found = [...this.#client.replica.table('Port')].find(([, { name }]) => name === TOGGLED);
    return found ? [update('Port', [['_uuid', '==', found[0]]], { protected: !found[1].protected })] : [];
  }

  async #transact(operations: readonly Operation[]): Promise<void> {
    // Nobody else writes meanwhile: what next_cfg will be is known.
    const next = this.#root().next_cfg + 1;
    const applied = new Promise<void>((resolve) => {
      const end = this.#client.onChange(() => {
        if (this.#root().cur_cfg < next) return;
        end();
        resolve();
      });
    });
    await this.#client.transact([...operations, mutate('Open_vSwitch', [], [['next_cfg', '+=', 1]])]);
    await applied;
  }
}
