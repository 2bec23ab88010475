import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { sendFrames } from '../support/send-frames.ts';
import { times } from '../support/times.ts';
import type { Crossing } from '../support/underlay-capture.ts';
import type { Vm } from '../support/vm.ts';
import { freshFrames } from './copied.ts';
import { settleAll } from './crossing.ts';
import { countersOf, linesOf, saying } from './log-lines.ts';
import { type PlacedTap, PlacesStage } from './places-stage.ts';

/** How long copies are watched that nobody may flood, in milliseconds: a place is probed every 30 s. */
const WATCHED = times({ short: 40_000, long: 180_000 });
const PROBES = times({ short: 1, long: 4 });

let stage: PlacesStage;
/** Those of sources and sensors that stay where they are, that move, and that have nothing to say. */
let staying: PlacedTap;
let moving: PlacedTap;
let silent: PlacedTap;
let sensors: Readonly<Record<'staying' | 'before' | 'after' | 'silent', Capture>>;
let sources: Readonly<Record<'staying' | 'moving' | 'silent', Capture>>;
/** When the sensor that moves had gone, in microseconds since the epoch. */
let moved: number;

const isFrom = (number: number) => (each: Crossing) => each.from === stage.host(number).address;
const isTo = (number: number) => (each: Crossing) => each.to === stage.host(number).address;

/** What the sources' host has sent to others, in words. */
function sentTo(crossings: readonly Crossing[]): readonly string[] {
  return crossings.filter(isFrom(1)).map(({ to, vid }) => `VID ${vid} to host-${to.split('.').at(-1)}`);
}

const hasFrame = (crossings: readonly Crossing[], { frame }: Crossing) =>
  crossings.some((each) => each.frame.equals(frame));

/**
 * All copies that were sent after the first one had been answered, or had needed no answer as the sensor's host had told of itself
 * before. What it tells before the source's host wants to know counts for nothing.
 */
function afterAnswer(crossings: readonly Crossing[]): readonly Crossing[] {
  const isAnswer = (each: Crossing, index: number) =>
    isTo(1)(each) && hasFrame(crossings.slice(0, index).filter(isFrom(1)), each);
  const first = crossings.findIndex((each, index) => (isFrom(1)(each) ? each.vid === 0 : isAnswer(each, index)));
  // Of a flooded copy the answer may be there before it has reached all.
  return crossings.slice(first + 1).filter((each) => !hasFrame(crossings.slice(0, first), each));
}

/** How often a host was asked whether the sensor is still there: one after the other with copies that do not ask between them. */
function probesIn(words: readonly string[]): number {
  return words.filter((word, index) => word === 'VID 1 to host-2' && words[index - 1] === 'VID 0 to host-2').length;
}

const withoutTag = (frame: Buffer) => Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]);

async function move(before: Vm, after: Vm): Promise<void> {
  await before.detach();
  await stage.pythons[3].removeTapService(moving.taasId);
  moved = Date.now() * 1000;
  await after.attach();
  await stage.deliver(4, moving, after);
}

/** Everything at once, as each part of it has to wait for half a minute. */
beforeAll(async () => {
  stage = await PlacesStage.start();
  const sensorStaying = await stage.sensor(2);
  const sensorSilent = await stage.sensor(2);
  const before = await stage.sensor(3);
  const after = await stage.sensor(4, before);
  await after.detach();
  staying = await stage.tap(sensorStaying);
  silent = await stage.tap(sensorSilent);
  moving = await stage.tap(before);
  await stage.deliver(3, moving, before);
  sensors = {
    staying: await stage.watch(sensorStaying, 'in'),
    before: await stage.watch(before, 'in'),
    after: await stage.watch(after, 'in'),
    silent: await stage.watch(sensorSilent, 'in'),
  };
  sources = {
    staying: await stage.watch(staying.source, 'out'),
    moving: await stage.watch(moving.source, 'out'),
    silent: await stage.watch(silent.source, 'out'),
  };
  await sendFrames(silent.source, freshFrames(silent.source, 5));
  const began = performance.now();
  const ends = [stage.talk(staying), stage.talk(moving)];
  await stage.until('the sensor to be found', moving, (all) => sentTo(all).at(-1) === 'VID 0 to host-3');
  await move(before, after);
  await stage.until('the sensor to be found again', moving, (all) => sentTo(all).at(-1) === 'VID 0 to host-4');
  const isOver = () => performance.now() - began >= WATCHED;
  await eventually(isOver, { what: 'the time of the test', timeoutMs: 2 * WATCHED, intervalMs: 1_000 });
  await stage.until('the last probe to be over', staying, (all) => {
    const words = sentTo(all);
    return probesIn(words) >= PROBES && words.at(-1) === 'VID 0 to host-2';
  });
  await Promise.all(ends.map((end) => end()));
  await settleAll(stage.joined);
}, WATCHED + 300_000);
afterAll(() => stage?.stop());

describe('copies to a host that answers', () => {
  test('go there and nowhere else from its first answer on', async () => {
    const words = sentTo(afterAnswer(await stage.crossings(staying)));
    expect(new Set(words)).toEqual(new Set(['VID 0 to host-2', 'VID 1 to host-2']));
    expect(words.at(-1)).toBe('VID 0 to host-2');
  });

  test('ask now and then whether they are right there, which is answered', async () => {
    const crossings = await stage.crossings(staying);
    expect(probesIn(sentTo(afterAnswer(crossings)))).toBeGreaterThanOrEqual(PROBES);
    const asked = crossings.filter((each) => isFrom(1)(each) && isTo(2)(each) && each.vid === 1);
    const answers = crossings.filter((each) => isFrom(2)(each) && isTo(1)(each) && each.vid === 2);
    const answered = answers.filter(({ frame }) => asked.some((each) => each.frame.equals(frame)));
    expect(
      compareFrames(
        answered.map(({ frame }) => frame),
        asked.map(({ frame }) => frame),
      ),
    ).toBe('');
  });

  test('are all there, once', async () => {
    expect(compareFrames(await sensors.staying.frames(), await sources.staying.frames())).toBe('');
  });
});

describe('a sensor that has moved without a word', () => {
  test('is looked for at all hosts, found, and has its copies alone', async () => {
    const later = (await stage.crossings(moving)).filter(({ atMicros }) => atMicros >= moved);
    const words = sentTo(later);
    const found = words.indexOf('VID 1 to host-4');
    const unanswered = words.slice(0, found);
    expect(unanswered.filter((word) => !/^VID [01] to host-[23]$/.test(word))).toEqual([]);
    expect(unanswered).toContain('VID 0 to host-3');
    expect(unanswered).toContain('VID 1 to host-3');
    expect(words).toContain('VID 1 to host-2');
    expect(later.some((each) => each.vid === 2 && isFrom(4)(each) && isTo(1)(each))).toBe(true);
    const alone = words.slice(words.lastIndexOf('VID 1 to host-2') + 1);
    // The last flooded copy may go to the others after that.
    const others = alone.filter((word) => word !== 'VID 0 to host-4' && !/^VID 1 to host-[34]$/.test(word));
    expect(others).toEqual([]);
    expect(words.at(-1)).toBe('VID 0 to host-4');
  });

  test('gets each copy that was sent to all hosts, or to it, once', async () => {
    const crossings = await stage.crossings(moving);
    const due = crossings.filter((each) => isFrom(1)(each) && isTo(4)(each) && each.atMicros >= moved);
    const copies = (await sensors.after.frames()).map(withoutTag);
    expect(copies.length).toBeGreaterThan(0);
    expect(
      compareFrames(
        copies,
        due.map(({ frame }) => frame),
      ),
    ).toBe('');
  });

  test('is told in the log, and counted', async () => {
    const { agent } = stage.host(1);
    const said = 'copies for tap services on other hosts are no longer answered: they go to all hosts until they are';
    expect(linesOf(agent, saying(said))).toMatchObject([{ level: 'info', count: 1 }]);
    expect((await countersOf(agent))['taas_agent_places_lost_total']).toBe(1);
  });
});

test('the place of a sensor that nobody has sent to is kept', async () => {
  const quiet = await stage.crossings(silent);
  const [, asks] = await stage.host(1).on.dumpFlows('br-tun', `table=33,dl_vlan=${silent.taasId}`);
  expect(asks).toBeUndefined();
  const frames = freshFrames(silent.source, 5);
  for (const frame of frames) {
    await sendFrames(silent.source, [frame]);
    await settleAll(stage.joined);
  }
  const words = sentTo((await stage.crossings(silent)).slice(quiet.length));
  // It was to ask since long ago.
  expect(words[0]).toBe('VID 1 to host-2');
  expect(words.filter((word) => !word.endsWith('to host-2'))).toEqual([]);
  expect(words.at(-1)).toBe('VID 0 to host-2');
  expect(compareFrames(await sensors.silent.frames(), await sources.silent.frames())).toBe('');
});
