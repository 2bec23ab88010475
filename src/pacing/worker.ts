import { Backoff } from './backoff.ts';
import { WakeUp } from './wake-up.ts';

/** The longest time that a timer can be set to, in milliseconds; a call ends the sleep. */
const FOR_EVER = 2 ** 31 - 1;
const RETRY_MILLISECONDS = { first: 200, last: 10_000 };

export interface WorkerOptions {
  /** Does a part of what waits, and answers whether more may wait. When it rejects, it is tried again later. */
  readonly work: () => Promise<boolean>;
  readonly onFailure: (error: unknown, retryMilliseconds: number) => void;
}

/** Does what waits whenever it is woken, one part after the other; after a failure again and again, with growing pauses. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #wakeUp = new WakeUp();
  readonly #backoff = new Backoff(RETRY_MILLISECONDS.first, RETRY_MILLISECONDS.last);
  #notBefore = 0;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Begins with what waits already. */
  start(): void {
    this.#running = this.#run();
    this.wake();
  }

  /** There may be work. After a failure it waits for its next turn all the same. */
  wake(): void {
    this.#wakeUp.call();
  }

  /** What it failed for may be there again; should it not be quite, it is tried again soon. */
  retryNow(): void {
    this.#notBefore = 0;
    this.#backoff.reset();
    this.#wakeUp.call();
  }

  /** Ends it after the part that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeUp.call();
    await this.#running;
  }

  async #run(): Promise<void> {
    let pause = FOR_EVER;
    while (!this.#stopped) {
      await this.#wakeUp.sleep(pause);
      pause = this.#notBefore - performance.now();
      if (pause > 0) continue;
      pause = (await this.#workOff()) ? FOR_EVER : Math.max(0, this.#notBefore - performance.now());
    }
  }

  /** Answers whether all was done; if not, when the next attempt is due is noted. */
  async #workOff(): Promise<boolean> {
    try {
      for (let more = true; more && !this.#stopped; ) more = await this.#options.work();
      this.#backoff.reset();
      return true;
    } catch (error) {
      const retryMilliseconds = this.#backoff.next();
      this.#notBefore = performance.now() + retryMilliseconds;
      this.#options.onFailure(error, retryMilliseconds);
      return false;
    }
  }
}
