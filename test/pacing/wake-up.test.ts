import { expect, test } from 'vitest';
import { Backoff } from '../../src/pacing/backoff.ts';
import { WakeUp } from '../../src/pacing/wake-up.ts';

const FOR_EVER = 2 ** 31 - 1;

test('a call ends a sleep', async () => {
  const wakeUp = new WakeUp();
  const slept = wakeUp.sleep(FOR_EVER);
  wakeUp.call();
  await slept;
});

test('a call while awake ends the next sleep, and only that', async () => {
  const wakeUp = new WakeUp();
  wakeUp.call();
  wakeUp.call();
  await wakeUp.sleep(FOR_EVER);
  let woke = false;
  const slept = wakeUp.sleep(FOR_EVER).then(() => {
    woke = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(woke).toBe(false);
  wakeUp.call();
  await slept;
});

test('a call between the timer and the sleeper’s turn is not needed for it, and not lost', async () => {
  const wakeUp = new WakeUp();
  await wakeUp.sleep(0);
  wakeUp.call();
  await wakeUp.sleep(FOR_EVER);
});

test('no call is lost, however calls and sleeps interleave', async () => {
  const wakeUp = new WakeUp();
  let work = 0;
  let done = 0;
  const loop = (async () => {
    while (done < 1000) {
      await wakeUp.sleep(FOR_EVER);
      done = work;
    }
  })();
  while (work < 1000) {
    work += 1;
    wakeUp.call();
    if (work % 3 === 0) await Promise.resolve();
    if (work % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await loop;
  expect(done).toBe(1000);
});

test('a sleep ends by itself', async () => {
  await new WakeUp().sleep(1);
});

test('a backoff doubles up to its end, until reset', () => {
  const backoff = new Backoff(100, 1000);
  const next = () => backoff.next();
  expect([next(), next(), next(), next(), next(), next()]).toEqual([100, 200, 400, 800, 1000, 1000]);
  backoff.reset();
  expect([next(), next()]).toEqual([100, 200]);
});
