import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST } from '../support/frames.ts';
import { type HostedVm, JoinedScene } from '../support/joined-scene.ts';
import type { FlowSpec } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import { freshFrames } from './copied.ts';
import { watchWhile } from './crossing.ts';

const NUMBERS = [1, 2, 3] as const;
const NOWHERE = 'fa:16:3e:00:00:99';
/** What the tag of the wire says of a copy that came back (src/compile/places.ts). */
const ANSWER = 2;

/** All that services have here, and more. No VLAN of a source or sensor is among them. */
const TAAS_IDS = Array.from({ length: 99 }, (_, index) => index + 1);

/** On each host, in the same local VLANs; those of the bystanders are numbered as the taas_ids are. */
interface Plugged {
  /** Tapped. */
  readonly source: HostedVm;
  /** In the network of the source. */
  readonly peer: HostedVm;
  readonly sensor: HostedVm;
  readonly bystanders: readonly HostedVm[];
}

/** A tap flow in a few words. */
type Tap = readonly [source: HostedVm, sensor: HostedVm, direction: FlowSpec['direction']];

/** What VMs have sent and received. */
interface Seen {
  in(vm: HostedVm): readonly Buffer[];
  out(vm: HostedVm): readonly Buffer[];
}

/** What a sensor is due for one tap flow. */
function copiesOf([source, , direction]: Tap, seen: Seen): readonly Buffer[] {
  const ways = { IN: seen.in(source), OUT: seen.out(source), BOTH: [...seen.in(source), ...seen.out(source)] };
  return ways[direction];
}

describe.each(['neutron', 'own'] as const)('through %s tunnels', (mode) => {
  let scene: JoinedScene;
  let hosts: readonly Plugged[];
  /** A second sensor on host 2. */
  let second: HostedVm;

  async function plugHost(number: number): Promise<Plugged> {
    const vm = (name: string, tag: number) => scene.vm(number, { name, tag });
    const [source, peer, sensor] = [await vm('source', 101), await vm('peer', 101), await vm('sensor', 102)];
    const trunk = await scene.vm(number, { name: 'trunk', vlan: { mode: 'trunk', trunks: TAAS_IDS } });
    return { source, peer, sensor, bystanders: [await vm('same', 2), trunk] };
  }

  beforeAll(async () => {
    scene = await JoinedScene.start({ hosts: 3, mode, tunnels: 'vxlan' });
    hosts = await Promise.all(NUMBERS.map(plugHost));
    second = await scene.vm(2, { name: 'second', tag: 102 });
  });
  afterEach(() => scene.reset());
  afterAll(() => scene?.stop());

  const at = (number: number): Plugged => {
    const host = hosts[number - 1];
    if (!host) throw new Error(`there is no host ${number}`);
    return host;
  };
  const sources = () => hosts.map(({ source }) => source);
  const bystanders = () => hosts.flatMap((host) => host.bystanders);
  const sensors = () => [...hosts.map(({ sensor }) => sensor), second];

  async function tapAll(taps: readonly Tap[]): Promise<readonly FlowSpec[]> {
    const flows: FlowSpec[] = [];
    for (const tap of taps) flows.push(await scene.tap(...tap));
    return flows;
  }

  /** Sources and their peers send so many frames to each other, to all and to nobody; answers what of whom. */
  async function talk(count: number): Promise<ReadonlyMap<HostedVm, readonly Buffer[]>> {
    const onHost = async ({ source, peer }: Plugged) => {
      const from = (vm: HostedVm, to: HostedVm) =>
        [BROADCAST, to.mac, NOWHERE].flatMap((mac) => freshFrames(vm, count, mac));
      const sent = [
        [source, from(source, peer)],
        [peer, from(peer, source)],
      ] as const;
      for (const [vm, frames] of sent) await sendFrames(vm, frames);
      return sent;
    };
    return new Map((await Promise.all(hosts.map(onHost))).flat());
  }

  /** Has all talk, and answers what was seen, and every copy that crossed between hosts. */
  async function seenInTalk(): Promise<{ readonly seen: Seen; readonly crossed: readonly Buffer[] }> {
    // From here on the places are known that are learnt.
    await talk(1);
    await scene.settle();
    const watched = [...sources(), ...sensors(), ...bystanders()];
    let sent: Awaited<ReturnType<typeof talk>> = new Map();
    const { received, crossings } = await watchWhile(scene.joined, watched, async () => {
      sent = await talk(10);
    });
    const seen = {
      in: (vm: HostedVm) => received[watched.indexOf(vm)] ?? [],
      out: (vm: HostedVm) => sent.get(vm) ?? [],
    };
    return { seen, crossed: crossings.filter(({ vid }) => vid !== ANSWER).map(({ frame }) => frame) };
  }

  /** Each sensor gets its copies and nothing else, and nobody else gets any; nor does one cross twice. */
  async function expectEachOnce(taps: readonly Tap[]): Promise<void> {
    const { seen, crossed } = await seenInTalk();
    for (const sensor of sensors()) {
      const due = taps.filter((tap) => tap[1] === sensor).flatMap((tap) => copiesOf(tap, seen));
      expect(compareFrames(seen.in(sensor), due), `${sensor.name} on ${sensor.host}`).toBe('');
    }
    for (const vm of bystanders()) expect([vm.name, vm.host, seen.in(vm)]).toEqual([vm.name, vm.host, []]);
    for (const vm of sources()) expect([seen.in(vm).length, seen.out(vm).length]).toEqual([30, 30]);
    const crossing = taps.filter(([source, sensor]) => source.host !== sensor.host);
    const due = crossing.flatMap((tap) => copiesOf(tap, seen));
    expect(compareFrames(crossed, due), 'between the hosts').toBe('');
  }

  test('several tap flows of one source, to sensors on all three hosts, two of them on the same other one', async () => {
    const { source } = at(1);
    const taps: readonly Tap[] = [
      [source, at(1).sensor, 'BOTH'],
      [source, at(2).sensor, 'OUT'],
      [source, second, 'BOTH'],
      [source, at(3).sensor, 'IN'],
    ];
    await tapAll(taps);
    await expectEachOnce(taps);
  });

  test('several sources, on all three hosts, to one sensor', async () => {
    const { sensor } = at(2);
    const taps = sources().map((source): Tap => [source, sensor, 'BOTH']);
    await tapAll(taps);
    await expectEachOnce(taps);
  });

  test('a source of a service that is here and of one elsewhere, whose sensors are sources of each other’s hosts', async () => {
    const taps: readonly Tap[] = [
      [at(1).source, at(1).sensor, 'OUT'],
      [at(1).source, at(3).sensor, 'OUT'],
      [at(3).source, at(3).sensor, 'BOTH'],
      [at(3).source, at(1).sensor, 'IN'],
    ];
    await tapAll(taps);
    await expectEachOnce(taps);
  });

  test('every source to every sensor, and then to half of them', async () => {
    const taps = sources().flatMap((source) => sensors().map((sensor): Tap => [source, sensor, 'BOTH']));
    const flows = await tapAll(taps);
    await expectEachOnce(taps);
    const goes = (index: number) => index % 2 === 0;
    for (const [index, flow] of flows.entries()) if (goes(index)) await scene.untap(flow);
    await expectEachOnce(taps.filter((_, index) => !goes(index)));
  });

  test('two tap flows of one source to a sensor elsewhere copy each frame twice, one of them once', async () => {
    const tap: Tap = [at(3).source, at(2).sensor, 'BOTH'];
    const [first] = await tapAll([tap, tap]);
    await expectEachOnce([tap, tap]);
    if (first) await scene.untap(first);
    await expectEachOnce([tap]);
  });
});
