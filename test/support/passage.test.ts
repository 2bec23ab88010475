import { describe, expect, test } from 'vitest';
import { Passage, sumOf } from './passage.ts';
import type { CapturedFrame } from './pcap.ts';

const frame = (text: string, atMicros: number): CapturedFrame => ({ atMicros, bytes: Buffer.from(text) });
const sent = [frame('a', 1000), frame('b', 2000), frame('c', 3000), frame('d', 4000)];
const copyOf = (text: string, atMicros: number) => frame(text, atMicros);

describe('frames and their copies', () => {
  test('are counted: lost, doubled, and what is no copy of any', () => {
    const passage = new Passage(sent, [
      copyOf('a', 1100),
      copyOf('c', 3100),
      copyOf('c', 3200),
      copyOf('c', 3300),
      copyOf('x', 3400),
    ]);
    expect(passage.tally()).toEqual({ sent: 4, copied: 2, lost: 2, doubled: 2, foreign: 1 });
    expect(passage.foreign.map(String)).toEqual(['x']);
  });

  test('are counted by when they were sent, from a mark on and until before another', () => {
    const passage = new Passage(sent, [copyOf('a', 9000), copyOf('b', 2100), copyOf('d', 4100)]);
    expect(passage.tally({ from: 2000, until: 4000 })).toEqual({ sent: 2, copied: 1, lost: 1, doubled: 0, foreign: 0 });
    expect(passage.tally({ until: 2000 })).toMatchObject({ sent: 1, lost: 0 });
    expect(passage.tally({ from: 4000 })).toMatchObject({ sent: 1, lost: 0 });
  });

  test('add up', () => {
    const tally = new Passage(sent, [copyOf('a', 1100), copyOf('a', 1100), copyOf('x', 1)]).tally();
    expect(sumOf(tally, tally)).toEqual({ sent: 8, copied: 2, lost: 6, doubled: 2, foreign: 2 });
  });
});

describe('an interruption', () => {
  const copies = (...texts: readonly string[]) =>
    texts.map((text) => copyOf(text, (sent.find(({ bytes }) => String(bytes) === text)?.atMicros ?? 0) + 50));

  test('lasts until the first copy of what was sent behind the last lost frame', () => {
    expect(new Passage(sent, copies('a', 'd')).interruption({ from: 1500 })).toBe(2.55);
    expect(new Passage(sent, copies('a', 'b', 'd')).interruption({ from: 1500 })).toBe(2.55);
  });

  test('there is none where nothing is lost from the mark on', () => {
    expect(new Passage(sent, copies('b', 'c', 'd')).interruption({ from: 1500 })).toBe(0);
  });

  test('has no known end when the last frame is lost', () => {
    expect(new Passage(sent, copies('a', 'b')).interruption({ from: 1500 })).toBe(undefined);
    expect(new Passage(sent, copies('a', 'b')).interruption({ from: 1500, until: 2500 })).toBe(0);
  });
});
