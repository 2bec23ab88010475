import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { SupportError } from './support-error.ts';

test('answers the first value that is neither false nor undefined', async () => {
  const outcomes = [undefined, false, 0, 'never reached'];
  expect(await eventually(() => outcomes.shift(), { intervalMs: 1 })).toBe(0);
  expect(outcomes).toEqual(['never reached']);
});

test('goes on after an attempt that throws', async () => {
  let attempts = 0;
  const third = () => {
    attempts += 1;
    if (attempts < 3) throw new Error('too early');
    return attempts;
  };
  expect(await eventually(third, { intervalMs: 1 })).toBe(3);
});

test('gives up with the last failure in the message', async () => {
  const cause = new Error('the port is not there');
  const waiting = eventually(
    () => {
      throw cause;
    },
    { timeoutMs: 10, intervalMs: 1, what: 'the port' },
  );
  const error = await waiting.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'timed-out', cause });
  expect(String(error)).toContain('waiting for the port: the port is not there');
});

test('ends at once when no waiting can help', async () => {
  const ended = new SupportError('process-ended', 'tcpdump ended');
  let attempts = 0;
  const waiting = eventually(() => {
    attempts += 1;
    throw ended;
  });
  await expect(waiting).rejects.toBe(ended);
  expect(attempts).toBe(1);
});
