import type { Channel, ConsumeMessage } from 'amqplib';
import { assertNever } from '../tap/assert-never.ts';
import type { Trace, TracedOrigin } from './bus-trace.ts';
import type { Incoming } from './incoming.ts';
import type { OsloCall } from './oslo-envelope.ts';
import { reasonOf } from './reason-of.ts';
import type { SeenIds } from './seen-ids.ts';
import { sleep } from './sleep.ts';

export interface InboxOptions {
  readonly channel: Channel;
  readonly seen: SeenIds;
  /** Decodes a body. Never throws. */
  readonly receive: (body: Buffer) => Incoming;
  /** Answers a call; `failure` is null when it went well. */
  readonly answer: (call: OsloCall, failure: string | null) => void;
  /** The channel failed under us: nothing can be acked any more. */
  readonly onFailure: (error: unknown) => void;
  readonly trace: Trace;
  readonly retryMs: number;
}

/** What became of a message once it was handed out. */
type Result =
  | { readonly kind: 'taken'; readonly remark: string | undefined }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'ignored' | 'rejected'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

interface Entry {
  readonly receipt: ConsumeMessage;
  readonly incoming: Incoming;
  result: Promise<Result>;
}

const NOT_YET: Promise<Result> = Promise.resolve({ kind: 'failed', reason: 'not handed out yet' });

/**
 * The deliveries of one channel, from arrival to ack. Invariants:
 * - events are handed out in the order of the queue, the next without waiting for the last (so that a journal can write
 *   many at once), and settled in that order: an ack means that this event and all before it are taken;
 * - when one is not taken, it and all behind it are handed out again, in order, whatever became of those behind it.
 *   Nothing is requeued meanwhile: a requeue could reorder, and quorum queues drop what is requeued too often;
 * - an id is remembered only when its event is settled, so a failure never turns the retry into a duplicate.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #entries: Entry[] = [];
  readonly #handedOut = new Set<string>();
  readonly #retries = new AbortController();
  #gone = false;
  #settling: Promise<void> | undefined;
  #retrying = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  accept(message: ConsumeMessage): void {
    // The body is let go at once: what waits here may be hundreds of messages.
    const receipt = { ...message, content: Buffer.alloc(0) };
    const entry = { receipt, incoming: this.#options.receive(message.content), result: NOT_YET };
    this.#entries.push(entry);
    if (!this.#retrying) this.#handOut(entry);
    this.#settling ??= this.#settle()
      .catch(this.#options.onFailure)
      .finally(() => {
        this.#settling = undefined;
      });
  }

  /** No more acks and retries: the channel is gone, or about to be. What is in the works and taken is remembered. */
  end(): void {
    this.#gone = true;
    this.#retries.abort();
  }

  /** Resolves when all that was handed out is settled and acked; what fails from now on stays unacked. */
  async drain(): Promise<void> {
    this.#retries.abort();
    await this.#settling;
  }

  #handOut(entry: Entry): void {
    const { outcome, origin } = entry.incoming;
    if (outcome.kind !== 'event') {
      entry.result = Promise.resolve(outcome);
      return;
    }
    const { uniqueId } = origin;
    if (uniqueId !== undefined) {
      if (this.#options.seen.has(uniqueId) || this.#handedOut.has(uniqueId)) {
        entry.result = Promise.resolve({ kind: 'duplicate' });
        return;
      }
      this.#handedOut.add(uniqueId);
    }
    entry.result = take(outcome);
  }

  async #settle(): Promise<void> {
    for (let head = this.#entries[0]; head !== undefined; head = this.#entries[0]) {
      const result = await head.result;
      if (result.kind === 'failed') {
        if (!(await this.#retry(head, result.reason))) return;
      } else {
        this.#entries.shift();
        this.#finish(head, result);
      }
    }
  }

  /** Answers whether the inbox still stands. */
  async #retry(head: Entry, reason: string): Promise<boolean> {
    const { trace, retryMs } = this.#options;
    this.#retrying = true;
    if (this.#retries.signal.aborted) return false;
    trace({ kind: 'event_not_taken', reason, retryInMs: retryMs, ...traced(head) });
    await Promise.all(this.#entries.map((entry) => entry.result));
    await sleep(retryMs, this.#retries.signal);
    if (this.#retries.signal.aborted) return false;
    this.#retrying = false;
    this.#handedOut.clear();
    for (const entry of this.#entries) this.#handOut(entry);
    return true;
  }

  #finish(entry: Entry, result: Exclude<Result, { kind: 'failed' }>): void {
    const { origin } = entry.incoming;
    const { seen, channel, answer, trace } = this.#options;
    if (result.kind === 'taken' && origin.uniqueId !== undefined) {
      seen.add(origin.uniqueId);
      this.#handedOut.delete(origin.uniqueId);
    }
    traceResult(trace, entry, result);
    if (this.#gone) return;
    channel.ack(entry.receipt);
    if (origin.call) answer(origin.call, result.kind === 'rejected' ? result.reason : null);
  }
}

async function take({ take, remark }: Extract<Incoming['outcome'], { kind: 'event' }>): Promise<Result> {
  try {
    await take();
    return { kind: 'taken', remark };
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error) };
  }
}

function traced({ incoming }: Entry): TracedOrigin {
  const { method, requestId, uniqueId } = incoming.origin;
  return { method, requestId, uniqueId };
}

function traceResult(trace: Trace, entry: Entry, result: Exclude<Result, { kind: 'failed' }>): void {
  switch (result.kind) {
    case 'taken':
      if (result.remark !== undefined) trace({ kind: 'message_trimmed', reason: result.remark, ...traced(entry) });
      break;
    case 'duplicate':
      trace({ kind: 'message_duplicate', reason: 'its event was taken before', ...traced(entry) });
      break;
    case 'ignored':
      trace({ kind: 'message_ignored', reason: result.reason, ...traced(entry) });
      break;
    case 'rejected':
      trace({ kind: 'message_rejected', reason: result.reason, ...traced(entry) });
      break;
    default:
      assertNever(result);
  }
}
