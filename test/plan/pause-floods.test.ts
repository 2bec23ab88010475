import { describe, expect, test } from 'vitest';
import { pauseFlow, readPause, readPlace } from '../../src/compile/places.ts';
import { type Floods, pauseFloods, type Sender } from '../../src/plan/pause-floods.ts';

const match = 'dl_vlan=7';
const pause = pauseFlow(1, match);
const flooding: Sender = { number: 1, match, isPlaced: false, pause: undefined };
const placed: Sender = { ...flooding, isPlaced: true };

/**
 * Half seconds with so many copies each, the switch doing what it is told. Answers in which of them copies went to all
 * hosts, and what was told of it.
 */
function run(...given: readonly (readonly [sender: Sender, halfSeconds: number, copies: bigint])[]) {
  let floods: Floods = new Map();
  let held = false;
  let packets = 0n;
  let now = 0;
  const open: boolean[] = [];
  const told: number[] = [];
  for (const [sender, halfSeconds, copies] of given) {
    for (let round = 0; round < halfSeconds; round += 1) {
      now += 500;
      packets += copies;
      open.push(!held && !sender.isPlaced);
      const result = pauseFloods(
        [{ ...sender, pause: held ? pause : undefined }],
        floods,
        new Map([[1, packets]]),
        now,
      );
      floods = result.floods;
      for (const { command, flow } of result.mods) {
        expect(flow).toEqual(pause);
        held = command === 'ADD';
      }
      told.push(...result.paused);
    }
  }
  const openFor = (from: number, until: number) => open.slice(from, until).filter(Boolean).length / 2;
  return { openFor, told, held };
}

describe('copies that nobody answers', () => {
  test('are held back after two seconds, and go out for half a second in twenty', () => {
    const { openFor, told } = run([flooding, 2000, 1000n]);
    expect(openFor(0, 200)).toBeLessThanOrEqual(5);
    expect(openFor(200, 2000) / 900).toBeLessThan(0.05);
    expect(openFor(200, 2000)).toBeGreaterThan(10);
    expect(told).toEqual([1]);
  });

  test('are not held back when they are few', () => {
    expect(run([flooding, 2000, 1n])).toMatchObject({ told: [], held: false });
  });

  test('are held back once they become many', () => {
    expect(run([flooding, 100, 1n], [flooding, 20, 1000n]).told).toEqual([1]);
  });

  test('go on as soon as somebody has answered, and are told of again when that is over', () => {
    const answered = run([flooding, 20, 1000n], [placed, 3, 1000n]);
    expect(answered.held).toBe(false);
    expect(run([flooding, 20, 1000n], [placed, 3, 1000n], [flooding, 20, 1000n]).told).toEqual([1, 1]);
  });

  test('that an agent finds held back when it starts go out in due time', () => {
    const held: Sender = { ...flooding, pause };
    const first = pauseFloods([held], new Map(), new Map(), 0);
    expect(first.mods).toEqual([]);
    expect(pauseFloods([held], first.floods, new Map(), 20_000).mods).toEqual([
      { command: 'DELETE_STRICT', flow: pause },
    ]);
  });
});

test('a pause is a pause, and no place', () => {
  expect(readPause(pause)).toBe(1);
  expect(readPlace(pause)).toBeUndefined();
  expect(readPause({ ...pause, priority: 20 })).toBeUndefined();
  expect(readPause({ ...pause, actions: 'output:1' })).toBeUndefined();
});
