import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered, type VlanTag } from '../support/frames.ts';
import type { JoinedHost } from '../support/joined-hosts.ts';
import type { TunnelType } from '../support/neutron-tunnels.ts';
import type { FlowSpec } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Crossing } from '../support/underlay-capture.ts';
import type { Vm } from '../support/vm.ts';
import { BesidePython, type Place, type Tapped, VLAN } from './beside-python.ts';
import { freshFrames } from './copied.ts';
import { crossingWords, settleAll, watchWhile } from './crossing.ts';

interface Sent {
  readonly by: Vm;
  readonly frame: Buffer;
}

const COUNT = 10;

/** Frames to everybody and to each other, of the source and its neighbour. */
function traffic({ source, neighbour }: Tapped): readonly Sent[] {
  const of = (by: Vm, to?: string) => freshFrames(by, COUNT, to).map((frame) => ({ by, frame }));
  return [...of(source), ...of(source, neighbour.mac), ...of(neighbour), ...of(neighbour, source.mac)];
}

const isToAll = (frame: Buffer) => ((frame[0] ?? 0) & 1) === 1;

/** What the sensor is due. The Python agent knows what a port receives by its MAC address only. */
function isCopied(
  { by, frame }: Sent,
  { source }: Tapped,
  direction: FlowSpec['direction'],
  byPython: boolean,
): boolean {
  if (by === source) return direction !== 'IN';
  return direction !== 'OUT' && !(byPython && isToAll(frame));
}

/** With the VLAN of the port: the Python agent's sensors get their copies so. */
function tagged(frame: Buffer): Buffer {
  const tag = Buffer.from([0x81, 0x00, VLAN.sensor >> 8, VLAN.sensor & 0xff]);
  return Buffer.concat([frame.subarray(0, 12), tag, frame.subarray(12)]);
}

/** The wire of a tap whose service is not known yet: its first copy to all, the answer, and the rest to the one host. */
function wireOf({ from, to, other, taasId }: Tapped, count: number): readonly (readonly string[])[] {
  const words = (src: JoinedHost, dst: JoinedHost, vid: number, frame: number) =>
    `${src.name} > ${dst.name}: key ${taasId}, VID ${vid}, frame ${frame}`;
  const first = [words(from, to, 1, 0), words(from, other, 1, 0), words(to, from, 2, 0)];
  return [first, Array.from({ length: count - 1 }, (_, index) => words(from, to, 0, index + 1))];
}

const ways: readonly [string, Place, Place][] = [
  ['source at ours, sensor at the other', 'first', 'python'],
  ['source at the other, sensor at ours', 'python', 'first'],
  ['source and sensor at ours, the other beside them', 'first', 'third'],
];

const tagsOfVms: readonly [string, Place, Place, VlanTag][] = [
  ['stays below that of the wire, from ours', 'first', 'python', { vid: 100, pcp: 5 }],
  ['may be a priority tag, from ours', 'first', 'python', { vid: 0, pcp: 3 }],
  // It writes its numbers over the VM's own, and keeps the priority.
  ['does no harm where the other takes it for its own', 'python', 'first', { vid: 100, pcp: 5 }],
];

/** All of them through one kind of tunnel: the others differ from it on the wire only. */
const directionsThrough = (tunnels: TunnelType): readonly FlowSpec['direction'][] =>
  tunnels === 'vxlan' ? ['OUT', 'IN', 'BOTH'] : ['BOTH'];

function taggedFrames(vm: Vm, tags: readonly VlanTag[]): readonly Buffer[] {
  return Array.from({ length: COUNT }, (_, index) =>
    ethernet({ src: vm.mac, dst: BROADCAST, tags }, { etherType: 0x88b5, bytes: numbered('tagged', index) }),
  );
}

describe.each(['vxlan', 'geneve', 'gre'] as const)('with the Python agent on another host, %s', (tunnels) => {
  let stage: BesidePython;

  beforeAll(async () => {
    const taps = ways.flatMap(([, , to]) => directionsThrough(tunnels).map(() => to));
    const tags = tunnels === 'vxlan' ? tagsOfVms.map(([, , to]) => to) : [];
    stage = await BesidePython.start(tunnels, [...taps, ...tags]);
  });
  afterAll(() => stage?.stop());

  async function sendAll(first: Sent, rest: readonly Sent[], { source, neighbour }: Tapped): Promise<void> {
    const talk = () => Promise.all(stage.untapped.map((vm) => sendFrames(vm, freshFrames(vm, COUNT))));
    await talk();
    await sendFrames(first.by, [first.frame]);
    await settleAll(stage.joined);
    for (const vm of [source, neighbour]) {
      await sendFrames(
        vm,
        rest.flatMap(({ by, frame }) => (by === vm ? [frame] : [])),
      );
    }
    await talk();
  }

  /** What crosses without a tap. */
  function expectOnlyLeaks(crossings: readonly Crossing[]): void {
    const { python } = stage.hosts;
    const leak = (to: JoinedHost, vlan: number) => `${python.name} > ${to.name}: key ${vlan}, VID 1`;
    const leaks = [stage.hosts.first, stage.hosts.third].flatMap((to) => [
      leak(to, VLAN.source),
      leak(to, VLAN.untapped),
    ]);
    const words = crossings.map((each) => crossingWords(each, stage.joined.hosts, []).replace(/, frame.*/, ''));
    expect(words.filter((each) => !leaks.includes(each))).toEqual([]);
    // The Python agent sends out what nobody has tapped; that it is seen here says that ours would be, too.
    expect(words).toContain(leak(stage.hosts.first, VLAN.untapped));
  }

  describe.each(ways)('%s', (_, from, to) => {
    test.each(directionsThrough(tunnels))('%s', async (direction) => {
      const tapped = await stage.tap(from, to, direction);
      const sent = traffic(tapped);
      const due = sent.filter((each) => isCopied(each, tapped, direction, from === 'python'));
      const [first] = due;
      if (!first) throw new Error('unreachable');
      const rest = sent.filter((each) => each !== first);
      const { crossings, received } = await watchWhile(stage.joined, [tapped.sensor, ...stage.bystanders], () =>
        sendAll(first, rest, tapped),
      );

      const frames = due.map(({ frame }) => frame);
      const [copies = [], ...others] = received;
      expect(compareFrames(copies, to === 'python' ? frames.map(tagged) : frames)).toBe('');
      expect(others.map((each) => compareFrames(each, []))).toEqual(['', '', '']);
      const ofTap = crossings.filter(({ tunnelKey }) => tunnelKey === tapped.taasId);
      const wire = ofTap.map((each) => crossingWords(each, stage.joined.hosts, frames));
      const [opening = [], later = []] = wireOf(tapped, frames.length);
      expect(wire.slice(0, opening.length).sort()).toEqual([...opening].sort());
      // The switch forwards frames of different flows in the order that suits it.
      expect(wire.slice(opening.length).sort()).toEqual([...later].sort());
      expectOnlyLeaks(crossings.filter(({ tunnelKey }) => tunnelKey !== tapped.taasId));
      await tapped.remove();
    });
  });

  test.each(tunnels === 'vxlan' ? tagsOfVms : [])('a tag of the VM %s', async (_, from, to, tag) => {
    const tapped = await stage.tap(from, to, 'OUT', { mode: 'trunk' });
    const sent = taggedFrames(tapped.source, [tag]);
    const { crossings, received } = await watchWhile(stage.joined, [tapped.sensor], async () => {
      await sendFrames(tapped.source, sent.slice(0, 1));
      await settleAll(stage.joined);
      await sendFrames(tapped.source, sent.slice(1));
    });
    const frames = from === 'python' ? taggedFrames(tapped.source, []) : sent;
    expect(compareFrames(received[0] ?? [], to === 'python' ? frames.map(tagged) : frames)).toBe('');
    const ofTap = crossings.filter(({ tunnelKey }) => tunnelKey === tapped.taasId);
    const wire = ofTap.map((each) => crossingWords(each, stage.joined.hosts, frames));
    expect(wire.sort()).toEqual(wireOf(tapped, frames.length).flat().sort());
    await tapped.remove();
  });
});
