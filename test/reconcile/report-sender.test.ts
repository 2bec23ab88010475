import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Worker } from '../../src/pacing/worker.ts';
import { reportSender } from '../../src/reconcile/report-sender.ts';
import { StateKeeper } from '../../src/reconcile/state-keeper.ts';
import { emptyState } from '../../src/tap/desired-state.ts';
import type { StatusReport } from '../../src/tap/event.ts';
import { eventually } from '../support/eventually.ts';
import { uuid } from '../tap/builders.ts';
import { MemoryBroker, MemoryStore, Story } from './fakes.ts';

const report = (number: number): StatusReport => ({ kind: 'tap_flow', id: uuid('flow', number), status: 'ACTIVE' });
const some = (count: number) => Array.from({ length: count }, (_, index) => report(index));

let store: MemoryStore;
let broker: MemoryBroker;
let story: Story;
let sender: Worker;
let keeper: StateKeeper;

function begin(reports: readonly StatusReport[]): void {
  keeper = new StateKeeper(store, { ...emptyState, reports }, { onChange: () => sender.wake() });
  sender = reportSender(keeper, broker, story.tell);
  sender.start();
}

const owed = (count: number) => () => keeper.state.reports.length === count;

beforeEach(() => {
  store = new MemoryStore();
  broker = new MemoryBroker();
  story = new Story();
});
afterEach(() => sender.stop());

test('reports go out in order and are forgotten once the broker has them', async () => {
  begin(some(250));
  await eventually(owed(0), { what: 'all reports to be sent' });
  expect(broker.got).toEqual(some(250));
  await keeper.flush();
  expect(store.saved.reports).toEqual([]);
  expect(story.of('reported').map((event) => event.report)).toEqual(some(250));
});

test('one that the broker refuses is sent again until it is there', async () => {
  broker.faults.fail(new Error('unroutable'), 3);
  begin(some(1));
  await eventually(owed(0), { what: 'the report to be sent' });
  expect(broker.got).toEqual(some(1));
  const failures = story.of('report-failed');
  expect(failures.map(({ report: failed }) => failed)).toEqual([report(0), report(0), report(0)]);
  expect(failures.map(({ retryMilliseconds }) => retryMilliseconds)).toEqual([200, 400, 800]);
});

test('what was sent behind a refused one is sent again in its order: a report twice does no harm, a lost one would', async () => {
  broker.faults.fail(new Error('nacked'));
  begin(some(3));
  await eventually(owed(0), { what: 'all reports to be sent' });
  expect(broker.got.slice(-3)).toEqual(some(3));
});

test('a disk that refuses keeps them owed: they go out again', async () => {
  store.faults.fail(new Error('no space left'), 2);
  begin(some(2));
  await eventually(() => store.saves === 1 && owed(0)(), { what: 'all reports to be sent, and that to be saved' });
  expect(broker.got).toEqual([...some(2), ...some(2), ...some(2)]);
  expect(story.of('report-failed')).toHaveLength(1);
});

test('new reports do not make it try again before its time', async () => {
  broker.faults.fail(new Error('away'), 1000);
  begin(some(1));
  await eventually(() => story.of('report-failed').length >= 5, { what: 'failures, the next after more than 3 s' });
  for (let calls = 0; calls < 100; calls += 1) sender.wake();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(story.of('report-failed').length).toBe(5);
});

test('a way to the broker that is open again makes it try at once', async () => {
  broker.faults.fail(new Error('away'), 12);
  begin(some(1));
  // Without calls the last attempt would come after 72 s, past the limit of this test.
  for (let calls = 1; calls <= 12; calls += 1) {
    await eventually(() => story.of('report-failed').length >= calls, { what: `failure ${calls}`, intervalMs: 1 });
    sender.retryNow();
  }
  await eventually(owed(0), { what: 'the report to be sent' });
}, 60_000);

test('reports that come while it sleeps go out after a call', async () => {
  begin([]);
  await keeper.update((state) => ({ ...state, reports: some(1) }));
  sender.wake();
  await eventually(owed(0), { what: 'the report to be sent' });
});

test('a stop ends it while it waits to try again; what is owed stays', async () => {
  broker.faults.fail(new Error('away'), 1000);
  begin(some(5));
  await eventually(() => story.of('report-failed').length > 0, { what: 'a failure' });
  await sender.stop();
  expect(keeper.state.reports).toEqual(some(5));
});
