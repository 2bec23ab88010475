import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { always } from '../support/always.ts';
import { type Capture, capture } from '../support/capture.ts';
import { eventually } from '../support/eventually.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import type { JoinedHost, JoinedHosts } from '../support/joined-hosts.ts';
import { Passage } from '../support/passage.ts';
import type { CapturedFrame } from '../support/pcap.ts';
import { newFlow, newService } from '../support/plugin.ts';
import { type FrameStream, streamFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { times } from '../support/times.ts';
import type { Vm } from '../support/vm.ts';
import { expectHostAtRest } from './at-rest.ts';
import { flowText, serviceText } from './believed.ts';
import type { Proof } from './prove.ts';

type Place = Vm & { readonly host: string };

/** A VM as it is on each host where it may be. */
export type Places = readonly [Place, ...(readonly Place[])];

/** A tapped VM, a peer in its network on each host where it may be, and a sensor. Either the VM or the sensor moves. */
export interface MovingStage {
  readonly joined: JoinedHosts;
  readonly source: Places;
  readonly peers: Places;
  readonly sensor: Places;
}

/** A time at one place, by the wall clock, in microseconds: from when the switch had confirmed the port. */
interface Stay {
  /** Index of the place. */
  readonly at: number;
  readonly plugged: number;
  readonly until: number;
}

const EXPERIMENT = 0x88b5;
/** From one frame of a stream to the next, in microseconds. */
const GAP = 2_000;
/** How long it stays, in frames of a stream. */
const FRAMES_OF_A_STAY = 50;
const LIMITS = times({ short: { median: 1_000, worst: 5_000 }, long: { median: 20, worst: 1_000 } });
export const COPIED = 'until copied again';

const now = () => Date.now() * 1000;

/** Prepares a VM on several hosts; it is on the first of them. */
export async function placesOf(hosts: readonly JoinedHost[], name: string, tag: number): Promise<Places> {
  const [first, ...others] = hosts;
  if (!first) throw new Error('a VM must be somewhere');
  const vm = await first.vm({ name, tag });
  const places: Place[] = [];
  for (const host of others) {
    const place = await host.vm({ name, tag, portId: vm.portId, mac: vm.mac });
    await place.detach();
    places.push(place);
  }
  return [vm, ...places];
}

/** Frames of the source and for it, each with a number, wherever it is. */
function talk({ source, peers }: MovingStage): readonly FrameStream[] {
  const stream = (from: Vm, dst: string, label: string) => {
    let number = 0;
    const next = () => {
      number += 1;
      return ethernet({ src: from.mac, dst }, { etherType: EXPERIMENT, bytes: numbered(label, number) });
    };
    return streamFrames(from, next, { gapMicros: GAP });
  };
  return [
    ...source.map((vm, index) => stream(vm, BROADCAST, `frame-sent-${index}-`)),
    ...peers.flatMap((peer, index) => {
      const vm = source[index] ?? source[0];
      return [stream(peer, vm.mac, `frame-got-${index}-`)];
    }),
  ];
}

/** What comes in at each place, from now on. */
async function listen(places: readonly Vm[]): Promise<readonly Capture[]> {
  return await Promise.all(places.map((vm) => capture(vm, { direction: 'in' })));
}

async function framesOf(captures: readonly Capture[], label: string): Promise<CapturedFrame[]> {
  const frames = await Promise.all(captures.map((each) => each.timedFrames()));
  const text = Buffer.from(label);
  return frames.flat().filter(({ bytes }) => bytes.includes(text));
}

/** Lets the VM go from one place to another; every second time it is at both for a moment, as when it migrates alive. */
async function move(
  from: Place,
  to: Place,
  round: number,
): Promise<{ readonly left: number; readonly plugged: number }> {
  const isAlive = round % 2 === 0;
  let left = now();
  if (!isAlive) await from.detach();
  await to.attach();
  const plugged = now();
  if (isAlive) {
    left = plugged;
    await from.detach();
  }
  return { left, plugged };
}

/** Waits until nothing but what is always there is left of a source where it is no more. */
async function expectGone({ switch: on }: Place): Promise<void> {
  const gone = async () => {
    const flows = await on.dumpFlows('br-tap');
    // Stages capture and policy.
    expect(flows.filter((line) => /cookie=0x74616173[12]/.test(line))).toEqual([]);
    return true;
  };
  await eventually(gone, { what: 'the tap to go where its source was', intervalMs: 10 });
}

/** What was to be copied during a stay: what the source sent there, as its peer got it, and what it got. */
async function dueIn(
  { at, plugged, until }: Stay,
  captures: { readonly source: readonly Capture[]; readonly peers: readonly Capture[] },
): Promise<readonly CapturedFrame[]> {
  const [peer, source] = [captures.peers.slice(at, at + 1), captures.source.slice(at, at + 1)];
  const frames = [...(await framesOf(peer, `frame-sent-${at}-`)), ...(await framesOf(source, `frame-got-${at}-`))];
  const due = frames.filter(({ atMicros }) => atMicros >= plugged && atMicros < until);
  return due.sort((a, b) => a.atMicros - b.atMicros);
}

/** A tap of all that the source sends and gets, while frames flow, until nothing more of them is under way. */
async function tapped(stage: MovingStage, work: () => Promise<readonly Stay[]>): Promise<readonly Passage[]> {
  const { joined, source, peers, sensor } = stage;
  const service = newService(sensor[0], 7);
  const flow = newFlow(source[0], service, 'BOTH');
  await joined.plugin.createService(service);
  await joined.plugin.createFlow(flow);
  await joined.plugin.reported('ACTIVE', service.id, flow.id);
  const captures = { source: await listen(source), peers: await listen(peers), sensor: await listen(sensor) };
  const streams = talk(stage);
  const passages: Passage[] = [];
  await always(
    async () => {
      await captures.sensor[0]?.waitForFrames(1);
      // Until the place has been learnt, many copies have been answered. The switch counts the last of them up to a second later.
      await delay(2_000);
      const stays = await work();
      await Promise.all(streams.map((each) => each.stop()));
      await settle(...joined.hosts.map(({ on }) => on));
      const copies = await framesOf(captures.sensor, 'frame-');
      for (const stay of stays) passages.push(new Passage(await dueIn(stay, captures), copies));
      const text = () => [serviceText(service), flowText(flow)];
      for (const { on, agent, name } of joined.hosts) {
        await expectHostAtRest({ on, agent }, { host: name, tunnel: 'br-tun' }, { text });
      }
    },
    async () => {
      for (const each of [...captures.source, ...captures.peers, ...captures.sensor]) await each.stop();
      await joined.plugin.deleteFlow(flow);
      await joined.plugin.deleteService(service);
      await joined.plugin.reported('INACTIVE', flow.id, service.id);
    },
  );
  return passages;
}

/** Has the source, or the sensor, move between its places again and again while frames flow. */
export async function provenMoves(stage: MovingStage, who: 'source' | 'sensor', proof: Proof): Promise<void> {
  const places = stage[who];
  const stays: Stay[] = [];
  const passages = await tapped(stage, async () => {
    let [at, plugged] = [0, now()];
    await proof.rounds(
      async (round) => {
        const to = round % places.length;
        const [former, next] = [places[at] ?? places[0], places[to] ?? places[0]];
        const moved = await move(former, next, round);
        if (round > 1) stays.push({ at: who === 'source' ? at : 0, plugged, until: moved.left });
        if (who === 'source') await expectGone(former);
        [at, plugged] = [to, moved.plugged];
        await delay((FRAMES_OF_A_STAY * GAP) / 1000);
      },
      { short: 6, long: 102 },
    );
    return stays;
  });
  for (const [index, passage] of passages.entries()) {
    const took = passage.interruption({ from: stays[index]?.plugged ?? 0 });
    expect(took, `copies at all in stay ${index} of ${passages.length}`).toBeDefined();
    proof.took(COPIED, took ?? Number.NaN);
    const { foreign: _, ...tally } = passage.tally();
    proof.frames({ ...tally, foreign: 0 });
    expect(tally.doubled, 'copies that came twice').toBe(0);
  }
  const { median, worst } = proof.spread(COPIED);
  expect(median, 'the median').toBeLessThan(LIMITS.median);
  expect(worst, 'the worst').toBeLessThan(LIMITS.worst);
}
