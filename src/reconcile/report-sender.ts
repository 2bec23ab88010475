import type { StatusReport } from '../tap/event.ts';
import { reportsSent } from '../tap/settle.ts';
import { Backoff } from './backoff.ts';
import type { ReportPort } from './ports.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { TraceReconcile } from './trace.ts';
import { WakeUp } from './wake-up.ts';

/** Reports sent side by side; each is confirmed by the broker before it is forgotten. */
const BATCH = 100;
/** The longest time that a timer can be set to, in milliseconds; a call ends the sleep. */
const FOR_EVER = 2 ** 31 - 1;
const RETRY_MILLISECONDS = { first: 200, last: 10_000 };

/** Sends the reports of the desired state in order, again and again until the broker has confirmed each. */
export class ReportSender {
  readonly #keeper: StateKeeper;
  readonly #port: ReportPort;
  readonly #trace: TraceReconcile;
  readonly #wakeUp = new WakeUp();
  readonly #backoff = new Backoff(RETRY_MILLISECONDS.first, RETRY_MILLISECONDS.last);
  #notBefore = 0;
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(keeper: StateKeeper, port: ReportPort, trace: TraceReconcile) {
    this.#keeper = keeper;
    this.#port = port;
    this.#trace = trace;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** There may be reports to send. After a failure they wait for their next turn all the same. */
  wake(): void {
    this.#wakeUp.call();
  }

  /** The way to the broker is open again. */
  retryNow(): void {
    this.#notBefore = 0;
    this.#wakeUp.call();
  }

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
      pause = FOR_EVER;
      while (!this.#stopped && pause === FOR_EVER && this.#keeper.state.reports.length > 0) {
        pause = await this.#sendBatch();
      }
    }
  }

  /** Sends the oldest reports; answers after how many milliseconds to try again, if not all of them got there. */
  async #sendBatch(): Promise<number> {
    const batch = this.#keeper.state.reports.slice(0, BATCH);
    const results = await Promise.allSettled(batch.map((report) => this.#port.report(report)));
    const failure = results.findIndex(({ status }) => status === 'rejected');
    const sent = failure < 0 ? batch.length : failure;
    for (const report of batch.slice(0, sent)) this.#trace({ kind: 'reported', report });
    try {
      await this.#keeper.update((state) => reportsSent(state, sent));
    } catch (error) {
      return this.#failed(batch[0], error);
    }
    const rejected = results[failure];
    if (rejected?.status === 'rejected') return this.#failed(batch[failure], rejected.reason);
    this.#backoff.reset();
    return FOR_EVER;
  }

  #failed(report: StatusReport | undefined, error: unknown): number {
    const retryMilliseconds = this.#backoff.next();
    this.#notBefore = performance.now() + retryMilliseconds;
    this.#trace({ kind: 'report-failed', report, error, retryMilliseconds });
    return retryMilliseconds;
  }
}
