import type { BridgeFact } from '../../src/compile/host-facts.ts';
import type { FlowText } from '../../src/openflow/flow.ts';
import type { OpenflowSession } from '../../src/openflow/openflow-session.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { readFacts } from '../../src/switch/read-facts.ts';
import { type SwitchTables, tables } from '../../src/switch/tables.ts';
import { eventually } from '../support/eventually.ts';
import type { Switch } from '../support/switch.ts';
import { openSession } from '../switch/open-switch.ts';

/** What was seen of a repair. Moments are those of performance.now(). */
export interface Repair {
  /** When it was seen to be other than before, the last time; in microseconds since the epoch, as captures have it. */
  readonly brokenAt: number;
  /** When all was seen to be as before, for good. */
  readonly repairedAt: number;
  /** For how many milliseconds it was other than before at a stretch, at the longest. */
  readonly longest: number;
}

const names = { integration: 'br-int', tap: 'br-tap', tunnel: null };

/** Numbers of ports change when they are made anew. */
function byPortNames(text: string, { ports }: BridgeFact): string {
  const named = (number: string) => ports.find(({ ofport }) => ofport === Number(number))?.name ?? number;
  return text.replace(/(in_port=|output:)(\d+)/g, (_, key: string, number: string) => key + named(number));
}

function describeFlow({ table, priority, cookie, match, actions }: FlowText, bridge: BridgeFact): string {
  const text = `${bridge.name} flow ${table} ${priority} ${cookie.toString(16)} ${match} -> ${actions}`;
  return byPortNames(text, bridge);
}

function describeRows(bridge: BridgeFact): string[] {
  const nameOf = (rowId: string | undefined) => bridge.ports.find((port) => port.rowId === rowId)?.name ?? 'nothing';
  const selected = (rowIds: readonly string[]) => rowIds.map(nameOf).sort().join();
  const ports = bridge.ports
    .filter(({ owned, ofport }) => owned && ofport !== undefined)
    .map(({ name, patch }) => `${bridge.name} port ${name} ${JSON.stringify(patch)}`);
  const mirrors = bridge.mirrors
    .filter(({ owned }) => owned)
    .map((mirror) => {
      const { name, selectSrc, selectDst, outputPort, plain } = mirror;
      return `mirror ${name} ${selected(selectSrc)} ${selected(selectDst)} -> ${nameOf(outputPort)} ${plain}`;
    });
  return [`${bridge.name} ${bridge.owned} ${bridge.failMode} ${[...bridge.tableNames]}`, ...ports, ...mirrors];
}

/**
 * Sees every change of what the agent holds on a switch as it happens: a client of the test's own, over the same monitors
 * that the agent itself relies on, but another connection.
 */
export class SwitchWatch {
  readonly #client: OvsdbClient<SwitchTables>;
  readonly #sessions: Readonly<Record<'integration' | 'tap', OpenflowSession>>;
  readonly #reading = new Set<OpenflowSession>();
  #look: () => void = () => undefined;
  /** A flow was removed or changed, which may have been put right by the time when it is heard of. */
  #heard: () => void = () => undefined;

  private constructor(on: Switch) {
    // It must not be what is waited for.
    const backoff = { initial: 5, max: 20 };
    this.#client = new OvsdbClient({ remote: `unix:${on.dbSocket}`, database: 'Open_vSwitch', tables, backoff });
    this.#sessions = { integration: openSession(on, 'integration'), tap: openSession(on, 'tap') };
    this.#client.onChange(() => this.#changed());
    this.#client.onState(() => this.#changed());
    for (const session of Object.values(this.#sessions)) {
      session.onFlows(({ kind }) => {
        if (kind === 'removed' || kind === 'modified') this.#heard();
        this.#changed();
      });
      session.onState(() => this.#changed());
    }
  }

  static async start(on: Switch): Promise<SwitchWatch> {
    const watch = new SwitchWatch(on);
    watch.#client.start();
    for (const session of Object.values(watch.#sessions)) session.start();
    await watch.holding();
    return watch;
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), ...Object.values(this.#sessions).map((session) => session.close())]);
  }

  /** What the agent holds, applied by the switch; waits until it can be known. */
  holding(): Promise<string> {
    return eventually(() => this.#holding(), { what: 'the switch to be known', timeoutMs: 60_000, intervalMs: 5 });
  }

  /** Does something to what the agent holds; resolves when all is as it was before. */
  async repairOf(damage: () => Promise<unknown>): Promise<Repair> {
    const whole = await this.holding();
    const sight = new Sight();
    this.#look = () => sight.saw(this.#holding() === whole);
    this.#heard = () => sight.saw(false);
    try {
      await damage();
      const repair = () => {
        this.#changed();
        if (!sight.repair) throw new Error(differences(whole, this.#holding()));
        return sight.repair;
      };
      return await eventually(repair, { what: 'the repair', timeoutMs: 60_000, intervalMs: 10 });
    } finally {
      this.#look = () => undefined;
      this.#heard = () => undefined;
    }
  }

  #changed(): void {
    for (const session of Object.values(this.#sessions)) void this.#read(session);
    this.#look();
  }

  /** Flows that are not known are read at once; while that fails, the next change tries again. */
  async #read(session: OpenflowSession): Promise<void> {
    if (session.flows || this.#reading.has(session) || session.state === 'closed') return;
    this.#reading.add(session);
    await session.refresh().catch(() => undefined);
    this.#reading.delete(session);
    this.#look();
  }

  /** Undefined while it is not known, or not applied. */
  #holding(): string | undefined {
    if (this.#client.state.kind !== 'ready') return undefined;
    const { replica } = this.#client;
    const [root] = replica.table('Open_vSwitch').values();
    if (!root || root.cur_cfg < root.next_cfg) return undefined;
    const facts = readFacts(replica, names);
    const texts = (['integration', 'tap'] as const).map((bridge) => {
      const fact = facts[bridge];
      const flows = this.#sessions[bridge].flows;
      return fact && flows
        ? [...describeRows(fact), ...[...flows.values()].map((flow) => describeFlow(flow, fact))]
        : undefined;
    });
    return texts.includes(undefined) ? undefined : texts.flat().sort().join('\n');
  }
}

/** Whole and broken, as it was seen to change. */
class Sight {
  #brokenAt: number | undefined;
  #since: number | undefined;
  #repairedAt: number | undefined;
  #longest = 0;

  saw(whole: boolean): void {
    const now = performance.now();
    if (!whole && this.#since === undefined) {
      this.#brokenAt = Date.now() * 1000;
      this.#since = now;
    } else if (whole && this.#since !== undefined) {
      this.#longest = Math.max(this.#longest, now - this.#since);
      this.#repairedAt = now;
      this.#since = undefined;
    }
  }

  /** Undefined while it is broken, or was not yet. */
  get repair(): Repair | undefined {
    if (this.#since !== undefined || this.#brokenAt === undefined || this.#repairedAt === undefined) return undefined;
    return { brokenAt: this.#brokenAt, repairedAt: this.#repairedAt, longest: this.#longest };
  }
}

function differences(whole: string, now: string | undefined): string {
  if (now === undefined) return 'it is not known what the switch holds';
  if (now === whole) return 'nothing has happened to it';
  const [before, after] = [new Set(whole.split('\n')), new Set(now.split('\n'))];
  const missing = [...before.difference(after)].map((line) => `missing: ${line}`);
  const extra = [...after.difference(before)].map((line) => `extra: ${line}`);
  return [...missing, ...extra].slice(0, 6).join('\n');
}
