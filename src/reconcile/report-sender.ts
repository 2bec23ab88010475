import { Worker } from '../pacing/worker.ts';
import { reportsSent } from '../tap/settle.ts';
import type { ReportPort } from './ports.ts';
import type { StateKeeper } from './state-keeper.ts';
import type { TraceReconcile } from './trace.ts';

/** Reports sent side by side; each is confirmed by the broker before it is forgotten. */
const BATCH = 100;

/** Sends the reports of the desired state in order, again and again until the broker has confirmed each. */
export function reportSender(keeper: StateKeeper, port: ReportPort, trace: TraceReconcile): Worker {
  return new Worker({
    work: () => sendBatch(keeper, port, trace),
    onFailure: (error, retryMilliseconds) => {
      const [report] = keeper.state.reports;
      trace({ kind: 'report-failed', report, error, retryMilliseconds });
    },
  });
}

/** Sends the oldest reports. What was sent before one that failed is forgotten all the same. */
async function sendBatch(keeper: StateKeeper, port: ReportPort, trace: TraceReconcile): Promise<boolean> {
  const batch = keeper.state.reports.slice(0, BATCH);
  const results = await Promise.allSettled(batch.map((report) => port.report(report)));
  const failure = results.find((result) => result.status === 'rejected');
  const sent = batch.slice(0, failure ? results.indexOf(failure) : batch.length);
  for (const report of sent) trace({ kind: 'reported', report });
  await keeper.update((state) => reportsSent(state, new Set(sent)), 'at once');
  if (failure) throw failure.reason;
  return keeper.state.reports.length > 0;
}
