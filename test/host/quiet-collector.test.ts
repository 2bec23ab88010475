import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HostEvent } from '../../src/host/host-event.ts';
import { QuietCollector } from '../../src/host/quiet-collector.ts';

const MIB = 1024 * 1024;
let heap: number;
let collections: number;
let told: HostEvent[];

function collector(): QuietCollector {
  const collect = () => {
    collections += 1;
    heap = 20 * MIB;
  };
  return new QuietCollector({ collect, heapSize: () => heap, trace: (event) => told.push(event) });
}

beforeEach(() => {
  vi.useFakeTimers();
  heap = 30 * MIB;
  collections = 0;
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
});

describe('garbage is collected', () => {
  test('when all has been quiet for a while, and once', () => {
    const quiet = collector();
    for (let times = 0; times < 10; times += 1) {
      quiet.touch();
      vi.advanceTimersByTime(1_000);
    }
    expect(collections).toBe(0);
    vi.advanceTimersByTime(600);
    expect(collections).toBe(1);
    expect(told).toEqual([{ kind: 'collected', bytes: 10 * MIB, milliseconds: expect.any(Number) }]);
    vi.advanceTimersByTime(60_000);
    expect(collections).toBe(1);
  });

  test('again only if much has come since', () => {
    const quiet = collector();
    for (const [grownTo, count] of [
      [30, 1],
      [21, 1],
      [23, 2],
    ] as const) {
      heap = grownTo * MIB;
      quiet.touch();
      vi.advanceTimersByTime(2_000);
      expect([grownTo, collections]).toEqual([grownTo, count]);
    }
  });

  test('never where Node has no gc to be called', () => {
    const quiet = new QuietCollector({ heapSize: () => heap, trace: (event) => told.push(event) });
    quiet.touch();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('by Node itself, which gives the memory back', () => {
    setFlagsFromString('--expose-gc');
    vi.stubGlobal('gc', runInNewContext('gc'));
    setFlagsFromString('--no-expose-gc');
    try {
      const quiet = new QuietCollector({ trace: (event) => told.push(event) });
      const held: unknown[] = Array.from({ length: 500_000 }, (_, number) => ({ number }));
      const before = process.memoryUsage().heapUsed;
      held.length = 0;
      quiet.touch();
      vi.advanceTimersByTime(2_000);
      expect(before - process.memoryUsage().heapUsed).toBeGreaterThan(8 * MIB);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
