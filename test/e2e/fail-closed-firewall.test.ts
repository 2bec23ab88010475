import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { installNeutronFirewall } from '../support/neutron-firewall.ts';
import { icmpEcho, ipv4 } from '../support/packets.ts';
import { newFlow, newService } from '../support/plugin.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';
import { outDifference, receivedWhile } from './copied.ts';
import { wipes } from './wipe.ts';

/**
 * The firewall's flows name a local VLAN and a MAC, but no port: a copy that came to br-int with such a VLAN would be
 * delivered, once our flow there is gone, whatever the ports allow. So the service has the number of the VLAN.
 */
const VLAN = 5;

let scene: Scene;
let source: Vm;
let peer: Vm;
let sensor: Vm;

beforeAll(async () => {
  scene = await startScene();
  source = await scene.vm({ name: 'source', tag: VLAN, ip: '10.0.0.1/24' });
  peer = await scene.vm({ name: 'peer', tag: VLAN, ip: '10.0.0.2/24' });
  sensor = await scene.vm({ name: 'sensor', tag: 6 });
  await installNeutronFirewall([
    { vm: source, open: [{ protocol: 'icmp' }] },
    { vm: peer, open: [{ protocol: 'icmp' }] },
  ]);
  const service = newService(sensor, VLAN);
  const flow = newFlow(source, service, 'BOTH');
  await scene.plugin.createService(service);
  await scene.plugin.createFlow(flow);
  await scene.plugin.reported('ACTIVE', service.id, flow.id);
});
afterAll(() => scene?.stop());

const echoes = (from: Vm, to: Vm, id: number) =>
  Array.from({ length: 20 }, (_, sequence) =>
    ethernet(
      { src: from.mac, dst: to.mac },
      ipv4({ src: `${from.ip}`, dst: `${to.ip}` }, icmpEcho(id, sequence, numbered('x', sequence))),
    ),
  );
const shouts = (from: Vm) =>
  Array.from({ length: 20 }, (_, number) =>
    ethernet({ src: from.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered('shout', number) }),
  );

test('with a taas_id that is a local VLAN the copies are exact', async () => {
  expect(await outDifference(scene, source, sensor)).toBe('');
});

test.each(wipes)(
  '%s are wiped: under the firewall each frame is delivered once, and copies to nobody',
  async (_, wipe) => {
    await scene.agent.stop('SIGKILL');
    await wipe(scene.on);
    const out = [...echoes(source, peer, 7), ...shouts(source)];
    const back = echoes(peer, source, 8);
    const [atPeer = [], atSource = []] = await receivedWhile(scene, [peer, source], async () => {
      await sendFrames(source, out);
      await sendFrames(peer, back);
    });
    // The kernels of the VMs answer what they are asked.
    const given = (frames: readonly Buffer[], sent: readonly Buffer[]) =>
      frames.filter((frame) => sent.some((one) => one.equals(frame)));
    expect(compareFrames(given(atPeer, out), echoes(source, peer, 7))).toBe('');
    expect(compareFrames(given(atSource, back), back)).toBe('');
    await scene.agent.start();
    expect(await outDifference(scene, source, sensor)).toBe('');
  },
);
