import { Listeners } from '../pacing/listeners.ts';
import { NextTurn } from '../pacing/next-turn.ts';
import type { FlowEntry } from './action.ts';
import { askAggregate, askCounters, askFlows } from './ask-flows.ts';
import type { ByteReader } from './bytes.ts';
import type { Channel, ChannelLimits } from './channel.ts';
import { ask, askParts, commitBundle, sendFrames } from './exchange.ts';
import type { FlowBridge, FlowCount, FlowMod, FlowText, PacketOut } from './flow.ts';
import { toFlowText } from './flow-entry.ts';
import type { FlowTable } from './flow-key.ts';
import { type MonitorEvent, putMonitorRequest, takeMonitorEvents } from './flow-monitor.ts';
import { FlowReplica, type ForeignChange, type Kept } from './flow-replica.ts';
import { type Aggregate, MULTIPART } from './flow-stats.ts';
import { Link, type LinkState } from './link.ts';
import { type Message, TYPE } from './message.ts';
import type { TlsOptions } from './open-stream.ts';
import { OpenflowError } from './openflow-error.ts';
import { parseRemote } from './remote.ts';
import { readErrorName, readFeatures, readPart } from './replies.ts';
import type { OpenflowTrace } from './trace-event.ts';

export interface SessionOptions {
  readonly bridge: FlowBridge;
  /** `unix:PATH`, `tcp:HOST:PORT` or `ssl:HOST:PORT`. */
  readonly remote: string;
  readonly tls?: TlsOptions;
  /** The flows that are ours: those whose cookie agrees with `cookie` in the bits of `mask`. */
  readonly ours: { readonly cookie: bigint; readonly mask: bigint };
  /** Which flows of others `flows` has beside ours, without their actions; none unless told. */
  readonly beside?: Kept['isBeside'];
  /** Defaults: a probe after 10 s; 10 s for an answer; 64 MiB, which is some 400,000 flows. */
  readonly limits?: Partial<ChannelLimits>;
  readonly trace?: (event: OpenflowTrace) => void;
}

const LIMITS: ChannelLimits = { probeInterval: 10_000, patience: 10_000, maxAnswerBytes: 64 * 1024 * 1024 };

const ALL_COOKIES = { cookie: 0n, mask: 0n } as const;

/**
 * What became of flows of ours: changed by somebody else, changed by us and confirmed, or not known any more (the connection
 * was lost, or the switch could not tell all): then they are to be read again.
 */
export type FlowEvent =
  | ForeignChange
  | { readonly kind: 'committed'; readonly mods: readonly FlowMod[] }
  | { readonly kind: 'unknown' };

/** A bridge of Open vSwitch, spoken to in OpenFlow 1.4: reads and changes flows, and knows ours at any time. */
export class OpenflowSession {
  readonly #options: SessionOptions;
  readonly #link: Link;
  readonly #replica: FlowReplica;
  readonly #flowListeners = this.#listeners<FlowEvent>();
  /** With a bridge all its flows go: that it is gone, the database tells, which is to be heard as well. */
  readonly #events = new NextTurn<FlowEvent>((event) => this.#flowListeners.tell(event));
  readonly #stateListeners = this.#listeners<LinkState>();
  #watched = true;
  /** Why the last attempt to connect failed. */
  #awayFor: string | undefined;

  /** @throws OpenflowError `syntax` for what is no remote */
  constructor(options: SessionOptions) {
    this.#options = options;
    const isBeside = options.beside ?? (() => false);
    this.#replica = new FlowReplica(options.bridge, { isOurs: this.#isOurs, isBeside });
    this.#link = new Link({
      remote: parseRemote(options.remote),
      tls: options.tls,
      limits: { ...LIMITS, ...options.limits },
      prepare: (channel) => this.#prepare(channel),
      told: (message) => this.#told(message),
      entered: (state) => this.#stateListeners.tell(state),
      failed: (error, during) => this.#failed(error, during),
    });
  }

  get state(): LinkState {
    return this.#link.state;
  }

  /** Whether the switch tells of each change that somebody else makes. It does unless it has refused to. */
  get watched(): boolean {
    return this.#watched;
  }

  /** Our flows as they are now, a live view; undefined while that is not known: `refresh` reads them. */
  get flows(): FlowTable | undefined {
    return this.#replica.flows;
  }

  /** Begins to connect. */
  start(): void {
    this.#link.start();
  }

  /** Resolves when the last socket is gone. */
  close(): Promise<void> {
    return this.#link.close();
  }

  /** @returns a function that takes the listener off again */
  onState(listener: (state: LinkState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  /** @returns a function that takes the listener off again */
  onFlows(listener: (event: FlowEvent) => void): () => void {
    return this.#flowListeners.add(listener);
  }

  /** Reads our flows from the switch; from then on they are known. @throws OpenflowError */
  async refresh(): Promise<FlowTable> {
    const { cookie, mask } = this.#options.beside ? ALL_COOKIES : this.#options.ours;
    let known: FlowTable = new Map();
    await this.#dump(cookie, mask, (flows) => {
      const drifted = this.#replica.reset(flows);
      if (drifted > 0) this.#trace({ kind: 'drifted', bridge: this.#options.bridge, flows: drifted });
      known = this.#replica.flows ?? known;
    });
    return known;
  }

  /** Every flow whose cookie agrees with `cookie` in the bits of `mask`. @throws OpenflowError */
  dump(cookie: bigint, mask: bigint): Promise<readonly FlowText[]> {
    return this.#dump(cookie, mask, () => undefined);
  }

  /** The counters of every flow whose cookie agrees with `cookie` in the bits of `mask`, together. @throws OpenflowError */
  aggregate(cookie: bigint, mask: bigint): Promise<Aggregate> {
    return this.#read((channel) => askAggregate(channel, cookie, mask));
  }

  /** The same, each by itself. @throws OpenflowError */
  counters(cookie: bigint, mask: bigint): Promise<readonly FlowCount[]> {
    return this.#read((channel) => askCounters(channel, cookie, mask));
  }

  /** Has the switch treat frames as the actions beside them say; resolves when it has. @throws OpenflowError */
  async sendFrames(packets: readonly PacketOut[]): Promise<void> {
    await sendFrames(await this.#link.channel(), packets);
  }

  /** Changes flows in order, all of them or none; resolves when the switch has confirmed it. @throws OpenflowError */
  async commit(mods: readonly FlowMod[]): Promise<void> {
    // A bridge that was deleted and made anew has closed its connections, which may still wait to be heard of.
    await new Promise((resolve) => setImmediate(resolve));
    const channel = await this.#link.channel();
    await commitBundle(channel, mods, () => {
      this.#replica.commit(mods);
      this.#events.add({ kind: 'committed', mods });
    });
  }

  /** Resolves when the switch has dealt with everything that came before (OpenFlow 1.4, section 7.3.8). @throws OpenflowError */
  barrier(): Promise<void> {
    return this.#read((channel) =>
      ask(channel, 'a barrier', [TYPE.barrierRequest, TYPE.barrierReply], () => undefined),
    );
  }

  #dump(cookie: bigint, mask: bigint, whole: (flows: readonly FlowText[]) => void): Promise<readonly FlowText[]> {
    const toText = (entry: FlowEntry) => toFlowText(this.#options.bridge, entry);
    return this.#read((channel) => askFlows(channel, { cookie, mask, toText, whole }));
  }

  /** What only reads is tried once more when the connection was lost meanwhile: the bridge may have been made anew. */
  async #read<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.#link.channel();
    try {
      return await work(channel);
    } catch (error) {
      if (!(error instanceof OpenflowError) || error.code !== 'unreachable') throw error;
      return await work(await this.#link.channel());
    }
  }

  async #prepare(channel: Channel): Promise<void> {
    const { bridge } = this.#options;
    const asked = ask(channel, 'features', [TYPE.featuresRequest, TYPE.featuresReply], readFeatures);
    const [{ datapathId }, refusal] = await Promise.all([asked, this.#watch(channel)]);
    this.#watched = refusal === undefined;
    this.#awayFor = undefined;
    if (refusal) this.#trace({ kind: 'unwatched', bridge, reason: refusal.reason ?? refusal.message });
    this.#trace({ kind: 'connected', bridge, datapathId, watched: this.#watched });
  }

  /** Asks to be told of changes; answers the refusal, if it is one. */
  async #watch(channel: Channel): Promise<OpenflowError | undefined> {
    const kind = MULTIPART.flowMonitor;
    try {
      await askParts(channel, {
        what: 'a flow monitor',
        kind,
        put: putMonitorRequest,
        take: (body) => this.#hear(body),
      });
      return undefined;
    } catch (error) {
      if (error instanceof OpenflowError && error.code === 'refused') return error;
      throw error;
    }
  }

  /** What the switch says of its own accord: of flows, and of other things that are no concern of ours. */
  #told(message: Message): void {
    if (message.type === TYPE.error) {
      throw new OpenflowError('protocol', `the switch sent an error that answers nothing: ${readErrorName(message)}`);
    }
    if (message.type !== TYPE.multipartReply) return;
    const part = readPart(message);
    if (part.kind === MULTIPART.flowMonitor) this.#hear(part.body);
  }

  #hear(body: ByteReader): void {
    for (const event of takeMonitorEvents(body, this.#isOurs)) this.#take(event);
  }

  #take(event: MonitorEvent): void {
    switch (event.kind) {
      case 'own':
        return;
      case 'paused':
      case 'resumed':
        // What is read meanwhile may be out of date at the end of it, and nothing would tell.
        if (event.kind === 'paused') this.#trace({ kind: 'overrun', bridge: this.#options.bridge });
        this.#forget();
        return;
      default: {
        const change = this.#replica.hear(event);
        if (change) this.#events.add(change);
      }
    }
  }

  #failed(error: OpenflowError, during: LinkState): void {
    const { bridge } = this.#options;
    if (during === 'ready') {
      this.#trace({ kind: 'lost', bridge, error });
      this.#forget();
    } else if (this.#awayFor !== error.message) this.#trace({ kind: 'away', bridge, error });
    this.#awayFor = error.message;
  }

  #forget(): void {
    this.#replica.forget();
    this.#events.add({ kind: 'unknown' });
  }

  readonly #isOurs = (cookie: bigint): boolean => (cookie & this.#options.ours.mask) === this.#options.ours.cookie;

  #trace(event: OpenflowTrace): void {
    this.#options.trace?.(event);
  }

  #listeners<V>(): Listeners<V> {
    return new Listeners((error) => this.#trace({ kind: 'listener-failed', bridge: this.#options.bridge, error }));
  }
}
