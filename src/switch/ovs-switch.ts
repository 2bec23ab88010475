import type { BridgeFact, HostFacts } from '../compile/host-facts.ts';
import { type TunnelSettings, tunnelAddress } from '../compile/tunnels.ts';
import type { PortInventory } from '../contract/agent-report.ts';
import { FLOW_BRIDGES, type FlowBridge, type FlowCount, type FlowMod, type PacketOut } from '../openflow/flow.ts';
import type { FlowTable, FlowTables } from '../openflow/flow-key.ts';
import { OpenflowError } from '../openflow/openflow-error.ts';
import type { OpenflowSession } from '../openflow/openflow-session.ts';
import type { Operation } from '../ovsdb-client/operation.ts';
import type { OvsdbClient } from '../ovsdb-client/ovsdb-client.ts';
import { OvsdbError } from '../ovsdb-client/ovsdb-error.ts';
import type { RowChange, Step } from '../plan/step.ts';
import type { PlacePort, SwitchNews, SwitchPort } from '../reconcile/ports.ts';
import { SwitchError } from '../reconcile/switch-error.ts';
import { AppliedChanges } from './applied-changes.ts';
import { bearsOnFacts } from './bears-on-facts.ts';
import { HostDevices } from './host-devices.ts';
import { type BridgeNames, readFacts } from './read-facts.ts';
import { readPorts } from './read-ports.ts';
import { readUnderlays } from './read-underlays.ts';
import { type Anchors, changesMirrors, nextConfiguration, revalidate, rowOperations } from './row-operations.ts';
import { assert, comment, rows, type SwitchTables, select } from './tables.ts';

/** The OVSDB lock that keeps a second agent off the same switch (RFC 7047 section 4.1.8). */
const LOCK = 'taas_agent';

/** ms */
const PATIENCE = 10_000;
/** How long a look at the host's network interfaces counts, in ms: nobody tells when they change. */
const LOOK_AGAIN = 60_000;

/** One for each bridge; for br-tun only where there shall be one. */
export type FlowSessions = Readonly<Record<'integration' | 'tap', OpenflowSession>> & {
  readonly tunnel: OpenflowSession | undefined;
};

export interface OvsSwitchOptions {
  readonly client: OvsdbClient<SwitchTables>;
  readonly flows: FlowSessions;
  readonly names: BridgeNames;
  /** How long the switch may take to apply a transaction, in ms, before it counts as away; 10 s unless told. */
  readonly patience?: number;
}

/** The host's Open vSwitch: facts from its database, rows by transaction, flows by bundle. */
export class OvsSwitch implements SwitchPort, PlacePort {
  readonly #client: OvsdbClient<SwitchTables>;
  readonly #flows: FlowSessions;
  /** Which bridge of a name the known flows are of: it may be deleted and made again. */
  readonly #known = new Map<FlowBridge, string>();
  readonly #names: OvsSwitchOptions['names'];
  readonly #patience: number;
  readonly #appliedChanges = new AppliedChanges();
  #facts: HostFacts | undefined;
  #devices = new HostDevices();
  #lookedAt = performance.now();

  constructor({ client, flows, names, patience = PATIENCE }: OvsSwitchOptions) {
    this.#client = client;
    this.#flows = flows;
    this.#names = names;
    this.#patience = patience;
    client.onChange((change) => {
      if (bearsOnFacts(change)) this.#facts = undefined;
      this.#appliedChanges.take(change);
    });
  }

  /** Begins to connect, and to want the lock. */
  start(): void {
    // Without a connection this is only a wish, which each connection renews; how it goes is told by the client's trace.
    void this.#client.lock(LOCK);
    this.#client.start();
    for (const bridge of ['integration', 'tap'] as const) this.#flows[bridge].start();
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), ...this.#sessions.map((session) => session.close())]);
  }

  /** Whether the switch is ours, another agent's, or not reachable, after at most so many milliseconds. */
  async lockWithin(milliseconds: number): Promise<'held' | 'taken' | 'away'> {
    const patience = AbortSignal.timeout(milliseconds);
    const over = new Promise<void>((resolve) => patience.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.#client.ready(), over]);
    if (this.#client.state.kind !== 'ready') return 'away';
    return this.#client.lockState(LOCK) === 'held' ? 'held' : 'taken';
  }

  facts(): HostFacts | undefined {
    if (this.#client.state.kind !== 'ready' || this.#client.lockState(LOCK) !== 'held') return undefined;
    if (performance.now() - this.#lookedAt >= LOOK_AGAIN) this.#lookAgain();
    this.#facts ??= this.#readFacts();
    return this.#facts;
  }

  #readFacts(): HostFacts {
    const { replica } = this.#client;
    const facts = readFacts(replica, this.#names);
    return { ...facts, underlays: readUnderlays(replica, facts.tunnel, this.#devices) };
  }

  #lookAgain(): void {
    this.#devices = new HostDevices();
    this.#lookedAt = performance.now();
    this.#facts = undefined;
  }

  /** What the host has, for the control plane; undefined where facts() is. */
  inventory(host: string, tunnel: TunnelSettings): PortInventory | undefined {
    const facts = this.facts();
    if (!facts) return undefined;
    const ports = readPorts(this.#client.replica, this.#names.integration);
    return { host, tunnelAddress: tunnelAddress(facts, tunnel), ports };
  }

  onChange(listener: (news: SwitchNews) => void): () => void {
    const ends = [
      this.#client.onChange((change) => bearsOnFacts(change) && listener('changed')),
      this.#client.onState(({ kind }) => listener(kind === 'ready' ? 'back' : 'changed')),
      this.#client.onLock(() => listener('changed')),
      ...this.#sessions.flatMap((session) => [
        session.onFlows(({ kind }) => kind !== 'committed' && listener('changed')),
        session.onState((state) => state === 'ready' && listener('back')),
      ]),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  get flowsWatched(): boolean {
    return this.#sessions.every(({ watched }) => watched);
  }

  async readFlows(facts: HostFacts, how: 'known' | 'afresh'): Promise<FlowTables> {
    const read = (bridge: FlowBridge) => this.#readFlows(bridge, facts[bridge], how);
    const all = Promise.all([read('integration'), read('tap'), read('tunnel')]);
    const [integration, tap, tunnel] = await all.catch(asSwitchError);
    return { integration, tap, tunnel };
  }

  async #readFlows(bridge: FlowBridge, fact: BridgeFact | undefined, how: 'known' | 'afresh'): Promise<FlowTable> {
    const identity = fact && `${fact.rowId} ${fact.datapathType}`;
    const session = this.#flows[bridge];
    if (identity === undefined || !session) return new Map();
    // Where there is no br-tun nobody shall go on looking for it.
    session.start();
    const known = how === 'known' && this.#known.get(bridge) === identity ? session.flows : undefined;
    if (known) return known;
    const flows = await session.refresh();
    this.#known.set(bridge, identity);
    return flows;
  }

  sendFrames(bridge: FlowBridge, packets: readonly PacketOut[]): Promise<void> {
    return this.#session(bridge).sendFrames(packets).catch(asSwitchError);
  }

  counters(bridge: FlowBridge, cookie: bigint, mask: bigint): Promise<readonly FlowCount[]> {
    return this.#session(bridge).counters(cookie, mask).catch(asSwitchError);
  }

  apply(step: Step): Promise<void> {
    return (step.kind === 'rows' ? this.#transact(step.changes) : this.#commit(step.bridge, step.mods)).catch(
      asSwitchError,
    );
  }

  #commit(bridge: FlowBridge, mods: readonly FlowMod[]): Promise<void> {
    return this.#session(bridge).commit(mods);
  }

  #session(bridge: FlowBridge): OpenflowSession {
    const session = this.#flows[bridge];
    if (!session) throw new SwitchError('refused', `there shall be no ${bridge} bridge`);
    return session;
  }

  get #sessions(): readonly OpenflowSession[] {
    return FLOW_BRIDGES.flatMap((bridge) => this.#flows[bridge] ?? []);
  }

  async #transact(changes: readonly RowChange[]): Promise<void> {
    const anchors = { rows: this.#client.replica, names: this.#names };
    const operations = rowOperations(anchors, changes);
    if (operations.length === 0 && this.facts() && !this.#appliedChanges.pending) return;
    const words = changes.map(({ kind }) => kind).join(', ');
    if (!changesMirrors(changes)) return await this.#commitRows(anchors, words, operations);
    await this.#commitRows(anchors, words, [...operations, ...revalidate(anchors)]);
    // ovs-vswitchd tells that it has applied a change just before it turns to its cached flows; what it answers to any
    // bridge's OpenFlow controllers comes after.
    await this.#flows.integration.barrier();
  }

  async #commitRows(anchors: Anchors, words: string, operations: readonly Operation[]): Promise<void> {
    const columns = ['next_cfg'] as const;
    const results = await this.#client.transact([
      assert(LOCK),
      comment(`taas-agent: ${words}`),
      ...operations,
      ...nextConfiguration(anchors),
      select('Open_vSwitch', [], columns),
    ]);
    const last = results.at(-1);
    const [root] = last && 'rows' in last ? rows('Open_vSwitch', columns, last) : [];
    if (root) await this.#applied(root.next_cfg);
  }

  /** Resolves once ovs-vswitchd has come to the given configuration. */
  #applied(configuration: number): Promise<void> {
    const reached = () => {
      const [root] = this.#client.replica.table('Open_vSwitch').values();
      return root !== undefined && root.cur_cfg >= configuration;
    };
    return new Promise((resolve, reject) => {
      const end = (error?: SwitchError) => {
        for (const stop of watches) stop();
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
      const look = () => {
        if (this.#client.state.kind !== 'ready') end(new SwitchError('unreachable', 'the database went away'));
        else if (reached()) end();
      };
      const watches = [this.#client.onChange(look), this.#client.onState(look)];
      const slow = `ovs-vswitchd has not applied a change within ${this.#patience / 1000} s: is it running?`;
      const timer = setTimeout(() => end(new SwitchError('unreachable', slow)), this.#patience);
      look();
    });
  }
}

/** Database errors that say nothing about what was asked for, but that it could not be asked. */
const AWAY: readonly string[] = ['closed', 'disconnected', 'timeout', 'not owner', 'not leader'];

function asSwitchError(error: unknown): never {
  if (error instanceof SwitchError) throw error;
  if (error instanceof OpenflowError) {
    const code = error.code === 'refused' || error.code === 'syntax' ? 'refused' : 'unreachable';
    throw new SwitchError(code, error.message, { cause: error });
  }
  if (error instanceof OvsdbError) {
    const code = AWAY.includes(error.code) ? 'unreachable' : 'refused';
    throw new SwitchError(code, `${error.code}: ${error.message}`, { cause: error });
  }
  throw error;
}
