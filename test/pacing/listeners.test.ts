import { expect, test } from 'vitest';
import { Listeners } from '../../src/pacing/listeners.ts';

test('a listener that is added while others are told hears from the next time on, and one taken off no more', () => {
  const listeners = new Listeners<number>((error) => {
    throw error;
  });
  const heard: string[] = [];
  const off = listeners.add((value) => {
    heard.push(`first ${value}`);
    if (value === 1) listeners.add((later) => heard.push(`second ${later}`));
  });
  listeners.tell(1);
  listeners.tell(2);
  off();
  listeners.tell(3);
  expect(heard).toEqual(['first 1', 'first 2', 'second 2', 'second 3']);
});
