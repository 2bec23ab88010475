import { describe, expect, test } from 'vitest';
import { cookieOf } from '../../src/compile/cookie.ts';
import { PLACES, readPlace } from '../../src/compile/places.ts';
import type { FlowMod, FlowText } from '../../src/openflow/flow.ts';
import { formatPlace } from '../../src/openflow/flow-syntax.ts';
import { type LearntFlow, type Probes, probePlaces } from '../../src/plan/probe-places.ts';

const [SILENT, ASKING] = [0, 1];

function learnt(number: number, vid: number, port = 2): LearntFlow {
  const flow: FlowText = {
    bridge: 'tunnel',
    ...PLACES,
    cookie: cookieOf('learnt', number),
    match: 'dl_vlan=7',
    actions: formatPlace(vid, port),
  };
  const place = readPlace(flow);
  if (!place) throw new Error('a place that cannot be read');
  return { flow, place };
}

/** Rounds of a second each: what the switch holds in each, and how many copies have gone to the place of service 1. */
function rounds(...given: readonly (readonly [held: LearntFlow, packets: number, count?: number])[]) {
  let probes: Probes = new Map();
  let now = 0;
  const mods: (readonly FlowMod[])[] = [];
  const lost: (readonly number[])[] = [];
  for (const [held, packets, count = 1] of given) {
    for (let round = 0; round < count; round += 1) {
      now += 1_000;
      const result = probePlaces([held], probes, new Map([[1, BigInt(packets)]]), now);
      probes = result.probes;
      mods.push(result.mods);
      lost.push(result.lost);
    }
  }
  return { mods: mods.flat(), lost: lost.flat(), last: mods.at(-1) };
}

const known = learnt(1, SILENT);
const asking = learnt(1, ASKING);

describe('a place that is known', () => {
  test('is believed for half a minute, and then asked for, whether copies go there or not', () => {
    expect(rounds([known, 5, 30]).mods).toEqual([]);
    const { mods, last } = rounds([known, 5, 31]);
    expect(mods).toEqual([{ command: 'MODIFY_STRICT', flow: asking.flow }]);
    expect(last).toHaveLength(1);
  });

  test('is believed as long when it is another', () => {
    expect(rounds([known, 5, 20], [learnt(1, SILENT, 3), 5, 30]).mods).toEqual([]);
  });

  test('is believed again after an answer', () => {
    expect(rounds([asking, 1, 3], [known, 9, 30]).mods).toEqual([]);
  });
});

describe('a place that asks', () => {
  test('is kept for as long as no copy goes there: there is nothing to answer', () => {
    expect(rounds([asking, 5, 10_000]).mods).toEqual([]);
  });

  test('is given up when copies have gone there and none was answered', () => {
    // Three seconds until those have been counted that were sent before it asked.
    const { mods, lost } = rounds([asking, 5, 3], [asking, 6, 3]);
    expect(mods).toEqual([{ command: 'DELETE_STRICT', flow: asking.flow }]);
    expect(lost).toEqual([1]);
  });

  test('is not given up for copies that may have been sent before it asked', () => {
    expect(rounds([asking, 5, 1], [asking, 9, 1], [asking, 12, 200]).mods).toEqual([]);
  });

  test('is given time for the answer to the last copy', () => {
    expect(rounds([asking, 5, 3], [asking, 6, 2]).mods).toEqual([]);
  });
});

describe('what a learnt flow says', () => {
  test.each([
    ['service, port, and that it does not ask', known.flow, { number: 1, port: 2, asks: false }],
    ['that it asks', asking.flow, { number: 1, port: 2, asks: true }],
    ['ports as the switch writes them', learnt(3, SILENT, 26).flow, { number: 3, port: 26, asks: false }],
    ['nothing with another cookie', { ...known.flow, cookie: cookieOf('send', 1) }, undefined],
    ['nothing in another table', { ...known.flow, table: 30 }, undefined],
    ['nothing with another priority', { ...known.flow, priority: 1 }, undefined],
    ['nothing with further actions', { ...known.flow, actions: `${known.flow.actions},output:3` }, undefined],
    ['nothing with another VLAN id', { ...known.flow, actions: formatPlace(2, 2) }, undefined],
  ])('%s', (_, flow, place) => {
    expect(readPlace(flow)).toEqual(place);
  });
});
