import { setTimeout as delay } from 'node:timers/promises';
import { SupportError, type SupportErrorCode } from './support-error.ts';

export interface EventuallyOptions {
  /** How long to go on trying, in milliseconds; 30,000 unless told. Generous: it is only reached by a failing test. */
  readonly timeoutMs?: number;
  /** Pause between two attempts, in milliseconds; 20 unless told. */
  readonly intervalMs?: number;
  /** What is waited for, for the message of the error. */
  readonly what?: string;
}

type Attempt<T> = { readonly value: T } | { readonly failure: unknown };

async function attempted<T>(attempt: () => T | Promise<T>): Promise<Attempt<Exclude<T, false | undefined>>> {
  try {
    const value = await attempt();
    if (value === undefined || value === false) return { failure: `the last attempt gave ${String(value)}` };
    return { value: value as Exclude<T, false | undefined> };
  } catch (failure) {
    return { failure };
  }
}

/** What no further attempt can mend. */
function isFinal(failure: unknown): boolean {
  const final: readonly SupportErrorCode[] = ['process-ended', 'capture-lost-frames', 'malformed-pcap'];
  return failure instanceof SupportError && final.includes(failure.code);
}

/**
 * Tries until the attempt neither throws nor gives false or undefined, and answers what it gave.
 * Throws SupportError `timed-out`, with the last failure in the message and as its cause. An attempt that throws a
 * SupportError that no waiting can mend (a process ended, a capture lost frames) ends it at once.
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 30_000, intervalMs = 20, what = 'the condition' }: EventuallyOptions = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const outcome = await attempted(attempt);
    if ('value' in outcome) return outcome.value;
    const { failure } = outcome;
    if (isFinal(failure)) throw failure;
    if (performance.now() >= deadline) {
      const last = failure instanceof Error ? failure.message : String(failure);
      throw new SupportError('timed-out', `gave up after ${timeoutMs} ms waiting for ${what}: ${last}`, {
        cause: failure,
      });
    }
    await delay(intervalMs);
  }
}
