import { expect, test } from 'vitest';
import type { MtuFinding } from '../../src/compile/wanted.ts';
import { MtuWatch } from '../../src/reconcile/mtu-watch.ts';
import { Story } from './fakes.ts';

const tooLong = (reason: string): MtuFinding => ({ kind: 'too-long', reason });
const unknown = (reason: string): MtuFinding => ({ kind: 'unknown', reason });

function watch() {
  const story = new Story();
  const mtus = new MtuWatch(story.tell);
  const look = (findings: Readonly<Record<string, MtuFinding>>) => {
    const before = story.of('mtu').length;
    mtus.look(new Map(Object.entries(findings)));
    const told = story.of('mtu').slice(before);
    return told.map(({ tapFlow, finding, wasTooLong }) => [tapFlow, finding?.reason, wasTooLong]);
  };
  return { mtus, story, look };
}

test('a finding is told once, again when it differs, and when it is over', () => {
  const { look } = watch();
  expect(look({ a: tooLong('54 more') })).toEqual([['a', '54 more', false]]);
  expect(look({ a: tooLong('54 more') })).toEqual([]);
  expect(look({ a: tooLong('54 more'), b: unknown('no way') })).toEqual([['b', 'no way', false]]);
  expect(look({ a: tooLong('4 more'), b: unknown('no way') })).toEqual([['a', '4 more', true]]);
  expect(look({ a: unknown('no way') })).toEqual([
    ['a', 'no way', true],
    ['b', undefined, false],
  ]);
  expect(look({})).toEqual([['a', undefined, false]]);
  expect(look({})).toEqual([]);
});

test('those with copies that are too long are counted, and each event has the count of its pass', () => {
  const { look, mtus, story } = watch();
  expect(mtus.tooLong).toBe(0);
  look({ a: tooLong('x'), b: tooLong('y'), c: unknown('z') });
  expect(mtus.tooLong).toBe(2);
  expect(story.of('mtu').map((event) => event.tooLong)).toEqual([2, 2, 2]);
  look({ b: tooLong('y') });
  expect(mtus.tooLong).toBe(1);
  expect(story.of('mtu').at(-1)?.tooLong).toBe(1);
  look({});
  expect(mtus.tooLong).toBe(0);
});
