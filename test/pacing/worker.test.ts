import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Worker } from '../../src/pacing/worker.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('what fails is tried again ever more slowly; told that it may work now, at once, and soon again', async () => {
  const pauses: number[] = [];
  const worker = new Worker({
    work: () => Promise.reject(new Error('nobody there')),
    onFailure: (_, retryMilliseconds) => pauses.push(retryMilliseconds),
  });
  worker.start();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(pauses).toEqual([200, 400, 800, 1_600]);
  worker.retryNow();
  await vi.advanceTimersByTimeAsync(700);
  expect(pauses.slice(4)).toEqual([200, 400, 800]);
  const stopped = worker.stop();
  await vi.advanceTimersByTimeAsync(0);
  await stopped;
});

test('being woken does not hurry what has failed', async () => {
  let attempts = 0;
  const worker = new Worker({
    work: () => {
      attempts += 1;
      return Promise.reject(new Error('nobody there'));
    },
    onFailure: () => undefined,
  });
  worker.start();
  await vi.advanceTimersByTimeAsync(0);
  for (let call = 0; call < 5; call += 1) worker.wake();
  await vi.advanceTimersByTimeAsync(150);
  expect(attempts).toBe(1);
  const stopped = worker.stop();
  await vi.advanceTimersByTimeAsync(0);
  await stopped;
});
