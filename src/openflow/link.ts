import { Backoff } from '../pacing/backoff.ts';
import { WakeUp } from '../pacing/wake-up.ts';
import { Channel, type ChannelLimits } from './channel.ts';
import type { Message } from './message.ts';
import { openStream, type TlsOptions } from './open-stream.ts';
import { asOpenflowError, OpenflowError } from './openflow-error.ts';
import type { Remote } from './remote.ts';

/** `away`: the bridge cannot be reached; it is tried again and again. */
export type LinkState = 'idle' | 'connecting' | 'ready' | 'away' | 'closed';

export interface LinkOptions {
  readonly remote: Remote;
  readonly tls: TlsOptions | undefined;
  readonly limits: ChannelLimits;
  /** Makes a fresh channel ready for use; the first message that follows its end is `told`. */
  readonly prepare: (channel: Channel) => Promise<void>;
  readonly told: (message: Message) => void;
  readonly entered: (state: LinkState) => void;
  /** A channel was lost (`during` ready), or could not be had. */
  readonly failed: (error: OpenflowError, during: LinkState) => void;
}

/** ms */
const CONNECT_TIMEOUT = 5_000;
const RETRY = { first: 20, last: 1_000 };
/** How often it is tried while somebody waits, and for how long: a bridge that was just made is there in no time. */
const WANTED_RETRY = 5;
const PATIENCE = 1_000;

/** Keeps up a channel to one bridge for as long as it is started: connects again whenever it is lost. */
export class Link {
  readonly #options: LinkOptions;
  readonly #wakeUp = new WakeUp();
  readonly #backoff = new Backoff(RETRY.first, RETRY.last);
  readonly #stop = new AbortController();
  readonly #wanting = new Set<PromiseWithResolvers<Channel>>();
  #state: LinkState = 'idle';
  #channel: Channel | undefined;
  #lastError = new OpenflowError('unreachable', 'not connected');
  #running: Promise<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the last socket is gone. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wakeUp.call();
    this.#channel?.end(new OpenflowError('unreachable', 'the session is closed'));
    await this.#running;
    this.#enter('closed');
    this.#giveUp(new OpenflowError('unreachable', 'the session is closed'));
  }

  /** A channel that is ready, which a short while may be waited for. @throws OpenflowError `unreachable` or `protocol` */
  async channel(): Promise<Channel> {
    if (this.#state === 'ready' && this.#channel) return this.#channel;
    if (this.#stop.signal.aborted) throw new OpenflowError('unreachable', 'the session is closed');
    const wanting = Promise.withResolvers<Channel>();
    const timer = setTimeout(() => wanting.reject(this.#lastError), PATIENCE);
    this.#wanting.add(wanting);
    this.#wakeUp.call();
    try {
      return await wanting.promise;
    } finally {
      clearTimeout(timer);
      this.#wanting.delete(wanting);
    }
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#live();
      if (this.#stop.signal.aborted) break;
      await this.#wakeUp.sleep(this.#wanting.size > 0 ? WANTED_RETRY : this.#backoff.next());
    }
  }

  /** From an attempt to connect to the end of what came of it. */
  async #live(): Promise<void> {
    const { remote, tls, limits, told } = this.#options;
    this.#enter('connecting');
    try {
      const socket = await openStream(remote, tls, CONNECT_TIMEOUT, this.#stop.signal);
      const channel = new Channel(socket, limits, { told, ended: (error) => this.#lost(error) });
      this.#channel = channel;
      await this.#prepare(channel);
      await channel.gone;
    } catch (error) {
      this.#lost(asOpenflowError(error, 'unreachable'));
    }
  }

  async #prepare(channel: Channel): Promise<void> {
    try {
      await this.#options.prepare(channel);
    } catch (error) {
      channel.end(asOpenflowError(error, 'protocol'));
    }
    if (channel.ended) return;
    this.#backoff.reset();
    this.#enter('ready');
    for (const { resolve } of [...this.#wanting]) resolve(channel);
  }

  #lost(error: OpenflowError): void {
    const during = this.#state;
    this.#channel = undefined;
    this.#lastError = error;
    if (this.#stop.signal.aborted) return;
    this.#enter('away');
    this.#options.failed(error, during);
    // That a bridge does not answer may be over soon; that it speaks something else is not.
    if (error.code !== 'unreachable') this.#giveUp(error);
  }

  #giveUp(error: OpenflowError): void {
    for (const { reject } of [...this.#wanting]) reject(error);
  }

  #enter(state: LinkState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#options.entered(state);
  }
}
