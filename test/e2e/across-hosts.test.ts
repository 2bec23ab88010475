import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectEveryFrameOnce } from '../chaos/stage.ts';
import { compareFrames, frameDifference } from '../support/compare.ts';
import type { HostedVm } from '../support/joined-scene.ts';
import { addTunnel, removeTunnel } from '../support/neutron-tunnels.ts';
import { newFlow, newService } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import { snapshotForeign } from '../support/snapshot.ts';
import { addOperatorsTunnel, removeOperatorsTunnel } from '../support/tenant-network.ts';
import { Traffic } from '../support/traffic.ts';
import { AcrossStage, type Happened, type Sent, type Tapped } from './across-stage.ts';
import { isForwarded, kindsOfFrames } from './kinds-of-frames.ts';
import { watch } from './watch.ts';
import { OUR_COOKIE } from './wipe.ts';

/** A host that is not there. */
const NOBODY = '172.30.0.99';
/** Of a frame that fits the VMs' MTU. */
const LONGEST = 1514;

describe.each(['neutron', 'own'] as const)('through %s tunnels', (mode) => {
  let stage: AcrossStage;
  let red: Tapped;
  let blue: Tapped;
  let tenants: readonly [HostedVm, HostedVm];
  /** What is not ours on each host. */
  let foreign: readonly string[];

  beforeAll(async () => {
    stage = await AcrossStage.start(mode);
    ({ red, blue, tenants } = stage.cast);
    await tenantsTalk();
    foreign = await snapshots();
  });
  afterAll(() => stage?.stop());

  const snapshots = () => Promise.all(stage.scene.hosts.map(({ on }) => snapshotForeign(on)));
  const sensors = () => [red, blue].map(({ sensor }) => sensor);

  /** Nobody but the sensors gets anything but what its own network floods, which is all there. */
  function expectNetworksAsEver(happened: Happened, sent: Sent): void {
    for (const vm of stage.everybody.filter((each) => !sensors().includes(each))) {
      expect(compareFrames(happened.in(vm), stage.localTo(vm, sent)), `${vm.name} on ${vm.host}`).toBe('');
    }
  }

  /** Each sensor gets its copies, each once, and nobody else gets anything of them. */
  function expectEachOnce(happened: Happened, sent: Sent): void {
    expectNetworksAsEver(happened, sent);
    for (const tapped of [red, blue]) {
      const due = [...stage.localTo(tapped.sensor, sent), ...stage.due(tapped, sent)];
      expect(compareFrames(happened.in(tapped.sensor), due), tapped.sensor.name).toBe('');
    }
  }

  /** The same, but that copies may be missing; whatever crosses is one, with the right key. */
  function expectNoLeak(happened: Happened, sent: Sent): void {
    expectNetworksAsEver(happened, sent);
    for (const tapped of [red, blue]) {
      const [local, copies] = [stage.localTo(tapped.sensor, sent), stage.due(tapped, sent)];
      const { extra, doubled, missing } = frameDifference(happened.in(tapped.sensor), [...local, ...copies]);
      const lost = missing.filter(({ frame }) => local.some((each) => each.equals(frame)));
      expect([tapped.sensor.name, extra, doubled, lost]).toEqual([tapped.sensor.name, [], [], []]);
    }
    // Neutron's may be sent to all hosts, until the right one has answered.
    const words = (wire: readonly string[]) => wire.map((each) => (mode === 'own' ? each : each.replace(/>.*:/, '')));
    const allowed = new Set(words([red, blue].flatMap((tapped) => stage.wireOf(tapped, sent))));
    expect(words(stage.wire(happened)).filter((each) => !allowed.has(each))).toEqual([]);
  }

  /** How many copies came. */
  const copied = ({ sensor }: Tapped, happened: Happened, sent: Sent) =>
    happened.in(sensor).length - stage.localTo(sensor, sent).length;

  /** Every kind of frame both ways through the tenant's network: all arrive, once. */
  async function tenantsTalk(besides: () => Promise<unknown> = async () => undefined): Promise<void> {
    const [one, other] = tenants;
    const frames = (from: HostedVm, to: HostedVm) => kindsOfFrames(from, to).filter(({ length }) => length <= LONGEST);
    const look = await watch(stage.scene, one, other);
    const talk = async () => {
      await sendFrames(one, frames(one, other));
      await sendFrames(other, frames(other, one));
    };
    await Promise.all([talk(), besides()]);
    const seen = await look();
    expect(compareFrames(seen.in(other), frames(one, other).filter(isForwarded))).toBe('');
    expect(compareFrames(seen.in(one), frames(other, one).filter(isForwarded))).toBe('');
  }

  test('isolation: networks of any number or address see nothing, and nothing crosses but the copies, each once', async () => {
    await stage.during(stage.frames(1));
    const sent = stage.frames(10);
    const happened = await stage.during(sent);
    expectEachOnce(happened, sent);
    const wire = [...stage.wireOf(red, sent), ...stage.wireOf(blue, sent)];
    expect([...stage.wire(happened)].sort()).toEqual(wire.sort());
  });

  test('no alteration: a tenant’s network between the hosts is as ever while taps come and go, its own ports’ too', async () => {
    const { scene } = stage;
    for (const [source, sensor] of [
      [tenants[0], red.sensor],
      [tenants[1], blue.sensor],
      [red.peer, red.sensor],
    ] as const) {
      await tenantsTalk(async () => await scene.untap(await scene.tap(source, sensor, 'BOTH')));
      const flow = await scene.tap(source, sensor, 'BOTH');
      await tenantsTalk();
      await scene.untap(flow);
    }
    await tenantsTalk();
    expect(await snapshots()).toEqual(foreign);
  });

  /** A tap with a service of its own, which comes and goes. */
  async function passing(source: HostedVm, sensor: HostedVm, taasId: number): Promise<void> {
    const { plugin } = stage.scene.joined;
    const service = newService(sensor, taasId);
    const flow = newFlow(source, service);
    await plugin.createService(service);
    await plugin.createFlow(flow);
    await plugin.reported('ACTIVE', service.id, flow.id);
    await plugin.deleteFlow(flow);
    await plugin.deleteService(service);
    await plugin.reported('INACTIVE', flow.id, service.id);
  }

  /** Adds a tunnel to a host that is not there, and removes it when taps have come and gone. */
  async function withTunnel(number: number, work: () => Promise<unknown>): Promise<void> {
    const host = stage.scene.host(number);
    if (mode === 'neutron') {
      const name = await addTunnel(host.on, 'vxlan', host.address, NOBODY);
      await work();
      await removeTunnel(host.on, name);
    } else {
      const name = await addOperatorsTunnel(host, NOBODY, 5002);
      await work();
      await removeOperatorsTunnel(host, name);
    }
  }

  async function upheaval(): Promise<void> {
    const others = async () => {
      for (const [source, sensor] of [
        [red.peer, blue.sensor],
        [blue.peer, red.sensor],
        [tenants[0], stage.cast.thirdSensor],
        [tenants[1], stage.cast.thirdSensor],
      ] as const) {
        await passing(source, sensor, 50);
      }
    };
    for (const number of [1, 2]) await withTunnel(number, others);
    for (const { agent } of [stage.scene.host(1), stage.scene.host(2)]) {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        await agent.stop(signal);
        await agent.start();
      }
    }
    await others();
  }

  test('hitless: other taps and tunnels that come and go, and agents that restart, lose and double no frame', async () => {
    const [from, to] = tenants;
    const flows = [await stage.scene.tap(from, red.sensor, 'OUT'), await stage.scene.tap(to, blue.sensor, 'IN')];
    const traffic = await Traffic.start(stage.scene, {
      ...{ from, to, sensors: { out: red.sensor, in: blue.sensor } },
      ...{ bystanders: [...stage.cast.untapped, red.vm, blue.vm], gapMicros: 500 },
    });
    await traffic.beside(upheaval, 3000);
    expectEveryFrameOnce(await traffic.stop());
    for (const flow of flows) await stage.scene.untap(flow);
    expect(await snapshots()).toEqual(foreign);
  });

  describe.each([
    { name: 'br-tap', bridges: ['br-tap'], stopped: ['red', 'blue'] },
    { name: 'br-tun', bridges: ['br-tun'], stopped: ['red', 'blue'] },
    { name: 'br-int', bridges: ['br-int'], stopped: ['blue'] },
    { name: 'all three bridges', bridges: ['br-int', 'br-tap', 'br-tun'], stopped: ['red', 'blue'] },
  ] as const)('fail closed: our flows of $name are deleted where a source and a sensor are', ({ bridges, stopped }) => {
    test('and nobody repairs it: no copy goes astray, networks are as ever, and copies come with the agent', async () => {
      const { on, agent } = stage.scene.host(1);
      await agent.stop('SIGKILL');
      const seen = await stage.scene.capture(red.sensor, { direction: 'in' });
      const sent = stage.frames(40);
      const amid = await stage.during(sent, async () => {
        await seen.waitForFrames(1);
        for (const bridge of bridges) await on.ofctl('del-flows', bridge, `cookie=${OUR_COOKIE}`);
      });
      await seen.stop();
      expectNoLeak(amid, sent);
      const later = stage.frames(5);
      const after = await stage.during(later);
      expectNoLeak(after, later);
      const came = { red: copied(red, after, later), blue: copied(blue, after, later) };
      for (const name of stopped) expect([name, came[name]]).toEqual([name, 0]);
      await agent.start();
      const again = stage.frames(5);
      expectEachOnce(await stage.during(again), again);
      expect(await snapshots()).toEqual(foreign);
    });
  });
});
