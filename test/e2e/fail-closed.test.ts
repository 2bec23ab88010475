import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compareFrames, frameDifference } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { BROADCAST } from '../support/frames.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';
import { freshFrames, outDifference, receivedWhile } from './copied.ts';
import { OUR_COOKIE, wipes } from './wipe.ts';

let scene: Scene;
/** Two networks, each with a tapped VM, its sensor, and a neighbour whom nobody taps. */
let red: Vm;
let redNeighbour: Vm;
let redSensor: Vm;
let blue: Vm;
let blueNeighbour: Vm;
let blueSensor: Vm;
/** A trunk, as to br-tun: NORMAL floods every VLAN into it. */
let uplink: Vm;

beforeAll(async () => {
  scene = await startScene();
  // taas_ids count from 1, so they are the numbers of these VLANs, too: a copy with the wrong tag would be delivered.
  red = await scene.vm({ name: 'red', tag: 1 });
  redNeighbour = await scene.vm({ name: 'red-n', tag: 1 });
  blue = await scene.vm({ name: 'blue', tag: 2 });
  blueNeighbour = await scene.vm({ name: 'blue-n', tag: 2 });
  redSensor = await scene.vm({ name: 'red-s', tag: 3 });
  blueSensor = await scene.vm({ name: 'blue-s', tag: 3 });
  uplink = await scene.vm({ name: 'uplink' });
  await scene.tap(red, redSensor, 'BOTH');
  await scene.tap(blue, blueSensor, 'BOTH');
});
afterAll(() => scene?.stop());
afterEach(async () => {
  if (!scene.agent.process().isRunning()) await scene.agent.start();
});

const tagged = (vid: number) => (frame: Buffer) =>
  Buffer.concat([frame.subarray(0, 12), Buffer.from([0x81, 0x00, vid >> 8, vid & 0xff]), frame.subarray(12)]);

interface Sent {
  readonly red: readonly Buffer[];
  readonly redNeighbour: readonly Buffer[];
  readonly blue: readonly Buffer[];
  readonly blueNeighbour: readonly Buffer[];
}

/** Broadcasts, which NORMAL floods, and frames to nobody, which it floods as well. */
function somethingToSend(count: number): Sent {
  const from = (vm: Vm) => [...freshFrames(vm, count, BROADCAST), ...freshFrames(vm, count, 'fa:16:3e:00:00:99')];
  return { red: from(red), redNeighbour: from(redNeighbour), blue: from(blue), blueNeighbour: from(blueNeighbour) };
}

async function sendAll(sent: Sent, gapMicros: number): Promise<void> {
  const pairs = [
    [red, sent.red],
    [redNeighbour, sent.redNeighbour],
    [blue, sent.blue],
    [blueNeighbour, sent.blueNeighbour],
  ] as const;
  await Promise.all(pairs.map(([vm, frames]) => sendFrames(vm, frames, { gapMicros })));
}

interface Seen {
  in(vm: Vm): readonly Buffer[];
}

/** What comes to everybody, and to more VMs if told, while frames are sent. */
async function seenWhile(send: () => Promise<void>, more: readonly Vm[] = []): Promise<Seen> {
  const vms = [red, redNeighbour, blue, blueNeighbour, redSensor, blueSensor, uplink, ...more];
  const received = await receivedWhile(scene, vms, send);
  return { in: (vm) => received[vms.indexOf(vm)] ?? [] };
}

/** Networks got what they always get; a sensor got nothing but frames of its own port, none of them twice. */
function expectNoLeak(seen: Seen, sent: Sent): void {
  expect(compareFrames(seen.in(redNeighbour), sent.red), 'red neighbour').toBe('');
  expect(compareFrames(seen.in(red), sent.redNeighbour), 'red').toBe('');
  expect(compareFrames(seen.in(blueNeighbour), sent.blue), 'blue neighbour').toBe('');
  expect(compareFrames(seen.in(blue), sent.blueNeighbour), 'blue').toBe('');
  const both = [
    ...[...sent.red, ...sent.redNeighbour].map(tagged(1)),
    ...[...sent.blue, ...sent.blueNeighbour].map(tagged(2)),
  ];
  expect(compareFrames(seen.in(uplink), both), 'uplink').toBe('');
  for (const [sensor, own] of [
    [redSensor, [...sent.red, ...sent.redNeighbour]],
    [blueSensor, [...sent.blue, ...sent.blueNeighbour]],
  ] as const) {
    const { extra, doubled } = frameDifference(seen.in(sensor), own);
    expect([sensor.name, extra, doubled]).toEqual([sensor.name, [], []]);
  }
}

async function ourFlows(): Promise<readonly string[]> {
  const dumps = ['br-tap', 'br-int'].map((bridge) => scene.on.dumpFlows(bridge, `cookie=${OUR_COOKIE}`));
  return (await Promise.all(dumps)).flat().sort();
}

describe.each(wipes)('%s are wiped', (_, wipe) => {
  test('under an agent that runs: nothing leaks, and it repairs everything by itself', async () => {
    const flows = await ourFlows();
    const sent = somethingToSend(150);
    const seen = await seenWhile(async () => {
      await Promise.all([sendAll(sent, 1000), wipe(scene.on)]);
    });
    expectNoLeak(seen, sent);
    const repaired = async () => {
      const now = await ourFlows();
      if (now.join('\n') !== flows.join('\n')) throw new Error(`${now.length} of ${flows.length} flows are there`);
      return (await scene.on.vsctl('--bare', '--columns=name', 'list', 'Mirror')).includes('taas-out-0');
    };
    await eventually(repaired, { what: 'the repair', timeoutMs: 60_000 });
    expect(await outDifference(scene, red, redSensor)).toBe('');
    expect(await outDifference(scene, blue, blueSensor)).toBe('');
  });

  test('after the agent was killed: nothing leaks for as long as it is away, and the copies come back with it', async () => {
    await scene.agent.stop('SIGKILL');
    const sent = somethingToSend(50);
    const after = somethingToSend(20);
    const seen = await seenWhile(async () => {
      await Promise.all([sendAll(sent, 1000), wipe(scene.on)]);
      await sendAll(after, 0);
    });
    const all = Object.fromEntries(
      Object.entries(sent).map(([vm, frames]) => [vm, [...frames, ...after[vm as keyof Sent]]]),
    ) as unknown as Sent;
    expectNoLeak(seen, all);
    await scene.agent.start();
    expect(await outDifference(scene, red, redSensor)).toBe('');
    expect(await outDifference(scene, blue, blueSensor)).toBe('');
  });
});

const GUARDS = ['patch-int-tap', 'mirror-in-0', 'mirror-out-0'];

/** How many frames br-int has sent into each of these ports. */
async function sentInto(ports: readonly string[]): Promise<readonly string[]> {
  const counts: string[] = [];
  for (const port of ports) {
    const text = await scene.on.ofctl('dump-ports', 'br-int', port);
    counts.push(`${port} ${/tx pkts=(\d+)/.exec(text)?.[1]}`);
  }
  return counts;
}

/** How many frames table 0 of br-tap has dropped. */
async function dropped(): Promise<number> {
  const text = await scene.on.ofctl('dump-flows', 'br-tap', 'table=0,cookie=0x7461617300000000/-1');
  return Number(/n_packets=(\d+)/.exec(text)?.[1]);
}

describe('without mirrors and without flows the guard ports let nothing pass', () => {
  test('NORMAL floods into none of them, and takes nothing from them', async () => {
    const { on, agent } = scene;
    await agent.stop('SIGKILL');
    for (const [, wipe] of wipes) await wipe(on);
    const before = await sentInto(GUARDS);
    const sent = somethingToSend(20);
    const seen = await seenWhile(async () => {
      await sendAll(sent, 0);
      for (const [name, vid] of [
        ['capture-in-0', 1],
        ['capture-out-0', 2],
        ['patch-tap-int', 1],
        ['patch-tap-int', 2],
        ['patch-tap-int', 4095],
      ] as const) {
        const [frame = Buffer.alloc(0)] = freshFrames(red, 1).map(tagged(vid));
        await on.ofctl('packet-out', 'br-tap', `in_port=LOCAL,packet=${frame.toString('hex')},actions=output:${name}`);
      }
    });
    expectNoLeak(seen, sent);
    expect(await sentInto(GUARDS)).toEqual(before);
    await agent.start();
  });

  test('frames that a mirror was made to send without us knowing of it end on br-tap', async () => {
    const { on, agent } = scene;
    const before = await sentInto(['patch-int-tap']);
    await agent.stop('SIGKILL');
    const droppedBefore = await dropped();
    await on.vsctl('set', 'Mirror', 'taas-out-0', 'select_all=true');
    const strangers = [await scene.vm({ name: 'green', tag: 4 }), await scene.vm({ name: 'green-n', tag: 4 })] as const;
    const frames = freshFrames(strangers[0], 30);
    const seen = await seenWhile(() => sendFrames(strangers[0], frames), strangers);
    expect(compareFrames(seen.in(strangers[1]), frames)).toBe('');
    for (const sensor of [redSensor, blueSensor, red, blue])
      expect([sensor.name, seen.in(sensor)]).toEqual([sensor.name, []]);
    expect(await sentInto(['patch-int-tap'])).toEqual(before);
    // Counters of the datapath come to those of the flows within a second.
    const counted = async () => (await dropped()) >= droppedBefore + frames.length;
    await eventually(counted, { what: 'the drop flow to count the frames' });
    await agent.start();
    expect(await outDifference(scene, red, redSensor)).toBe('');
  });
});
