import { Worker } from '../pacing/worker.ts';
import { reportsSent } from '../tap/settle.ts';
import type { ReportPort } from './ports.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { TraceReconcile } from './trace.ts';

/** Reports sent side by side; each is confirmed by the broker before it is forgotten. */
const BATCH = 100;

/** Sends the reports of the desired state in order, again and again until the broker has confirmed each. */
export class ReportSender {
  readonly #keeper: StateKeeper;
  readonly #port: ReportPort;
  readonly #trace: TraceReconcile;
  readonly #worker: Worker;

  constructor(keeper: StateKeeper, port: ReportPort, trace: TraceReconcile) {
    this.#keeper = keeper;
    this.#port = port;
    this.#trace = trace;
    this.#worker = new Worker({
      work: () => this.#sendBatch(),
      onFailure: (error, retryMilliseconds) => {
        const [report] = this.#keeper.state.reports;
        trace({ kind: 'report-failed', report, error, retryMilliseconds });
      },
    });
  }

  start(): void {
    this.#worker.start();
  }

  /** There may be reports to send. After a failure they wait for their next turn all the same. */
  wake(): void {
    this.#worker.wake();
  }

  /** The way to the broker is open again. */
  retryNow(): void {
    this.#worker.retryNow();
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }

  /** Sends the oldest reports; what was sent before one that failed is forgotten all the same. */
  async #sendBatch(): Promise<boolean> {
    const batch = this.#keeper.state.reports.slice(0, BATCH);
    const results = await Promise.allSettled(batch.map((report) => this.#port.report(report)));
    const failure = results.find((result) => result.status === 'rejected');
    const sent = failure ? results.indexOf(failure) : batch.length;
    for (const report of batch.slice(0, sent)) this.#trace({ kind: 'reported', report });
    await this.#keeper.update((state) => reportsSent(state, sent));
    if (failure) throw failure.reason;
    return this.#keeper.state.reports.length > 0;
  }
}
