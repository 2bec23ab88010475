import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { ethernet, numbered } from '../support/frames.ts';
import { installNeutronFirewall } from '../support/neutron-firewall.ts';
import { icmpEcho, ipv4, tcp, udp } from '../support/packets.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import { snapshotForeign } from '../support/snapshot.ts';
import type { Vm } from '../support/vm.ts';
import { watch } from './watch.ts';

let scene: Scene;
let closed: Vm;
let open: Vm;
/** In place of br-tun: what other hosts send comes from it, tagged with the local VLAN. */
let tunnel: Vm;

beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.stop());
beforeEach(async () => {
  closed = await scene.vm({ name: 'closed', tag: 1, ip: '10.0.0.1/24' });
  open = await scene.vm({ name: 'open', tag: 1, ip: '10.0.0.2/24' });
  tunnel = await scene.vm({ name: 'tunnel', ip: '10.0.0.3/24' });
  await installNeutronFirewall([
    { vm: closed, open: [] },
    { vm: open, open: [{ protocol: 'tcp', port: 80 }, { protocol: 'icmp' }] },
  ]);
});
afterEach(() => scene.reset());

/** Each connection is a new one to conntrack. */
let lastPort = 10_000;

interface Attempt {
  readonly name: string;
  readonly from: Vm;
  readonly to: Vm;
  readonly frame: Buffer;
  /** Whether the firewall lets it out of `from`, and then into `to`. */
  readonly goes: 'out and in' | 'out only' | 'nowhere';
}

function attempts(): readonly Attempt[] {
  lastPort += 1;
  const between = (from: Vm, to: Vm) => ({ src: from.ip ?? '', dst: to.ip ?? '' });
  const one = (
    name: string,
    from: Vm,
    to: Vm,
    goes: Attempt['goes'],
    transport: Parameters<typeof ipv4>[1],
    forged: { readonly mac?: string; readonly ip?: string } = {},
  ): Attempt => {
    const header = { ...between(from, to), ...(forged.ip === undefined ? {} : { src: forged.ip }) };
    const frame = ethernet({ src: forged.mac ?? from.mac, dst: to.mac }, ipv4(header, transport));
    return { name, from, to, frame, goes };
  };
  const payload = numbered('attempt', lastPort);
  return [
    one('tcp to an open port', closed, open, 'out and in', tcp({ from: lastPort, to: 80 })),
    one('tcp to a closed port', closed, open, 'out only', tcp({ from: lastPort, to: 22 })),
    one('tcp to a VM that is closed', open, closed, 'out only', tcp({ from: lastPort, to: 80 })),
    one('udp to a VM that is closed', open, closed, 'out only', udp(lastPort, 53, payload)),
    one(
      'an answer that nobody asked for',
      open,
      closed,
      'out only',
      tcp({ from: 80, to: lastPort + 20_000, flags: 16 }),
    ),
    one('echo where it is let in', closed, open, 'out and in', icmpEcho(lastPort, 1, payload)),
    one('echo where it is not', open, closed, 'out only', icmpEcho(lastPort, 1, payload)),
    one('a forged address', closed, open, 'nowhere', icmpEcho(lastPort, 2, payload), { ip: '10.0.0.99' }),
    one('a forged MAC', closed, open, 'nowhere', icmpEcho(lastPort, 3, payload), { mac: 'fa:16:3e:99:99:99' }),
    one('an answer of DHCP', closed, open, 'nowhere', udp(67, 68, payload)),
  ];
}

const has = (frames: readonly Buffer[], frame: Buffer) => frames.filter((each) => each.equals(frame)).length;

/** Tries every attempt, and answers how often each arrived. */
async function arrivals(): Promise<readonly (readonly [string, number])[]> {
  const tried = attempts();
  const look = await watch(scene, open, closed);
  for (const { from, frame } of tried) await sendFrames(from, [frame]);
  const seen = await look();
  return tried.map(({ name, to, frame }) => [name, has(seen.in(to), frame)] as const);
}

const lawful = () => attempts().map(({ name, goes }) => [name, goes === 'out and in' ? 1 : 0] as const);

test('what is blocked stays blocked and what is open stays open, while taps come and go', async () => {
  const sensors = [await scene.vm({ name: 'sensor-1', tag: 9 }), await scene.vm({ name: 'sensor-2', tag: 9 })] as const;
  const foreign = await snapshotForeign(scene.on);
  const unaltered = async () => {
    expect(await arrivals()).toEqual(lawful());
    expect(await snapshotForeign(scene.on)).toBe(foreign);
  };
  await unaltered();
  const flows = [];
  for (const [source, sensor, direction] of [
    [closed, sensors[0], 'BOTH'],
    [open, sensors[0], 'IN'],
    [open, sensors[1], 'BOTH'],
    [closed, sensors[1], 'OUT'],
  ] as const) {
    flows.push(await scene.tap(source, sensor, direction));
    await unaltered();
  }
  await scene.agent.stop('SIGKILL');
  await unaltered();
  await scene.agent.start();
  await unaltered();
  for (const flow of flows) await scene.untap(flow);
  await unaltered();
});

test('IN copies are what the firewall let in, OUT copies what the VM sent, whatever became of it', async () => {
  const [ins, outs] = [await scene.vm({ name: 'ins', tag: 9 }), await scene.vm({ name: 'outs', tag: 9 })];
  for (const source of [closed, open]) {
    await scene.tap(source, ins, 'IN');
    await scene.tap(source, outs, 'OUT');
  }
  const tried = attempts();
  const look = await watch(scene, open, closed, ins, outs);
  for (const { from, frame } of tried) await sendFrames(from, [frame]);
  const seen = await look();
  expect(compareFrames(seen.in(ins), [...seen.in(open), ...seen.in(closed)])).toBe('');
  expect(compareFrames(seen.in(outs), [...seen.out(open), ...seen.out(closed)])).toBe('');
  for (const { name, frame, goes } of tried) {
    expect([name, has(seen.in(ins), frame)]).toEqual([name, goes === 'out and in' ? 1 : 0]);
    expect([name, has(seen.in(outs), frame)]).toEqual([name, 1]);
  }
});

test('connections that conntrack follows are copied once each way, packet by packet', async () => {
  const sensor = await scene.vm({ name: 'sensor', tag: 9 });
  await scene.tap(closed, sensor, 'BOTH');
  const look = await watch(scene, closed, sensor);
  expect(await closed.exec('ping', ['-c', '20', '-i', '0.02', '-s', '1000', open.ip ?? ''])).toContain(' 20 received');
  const seen = await look();
  const echoes = seen.in(closed).filter((frame) => frame.length > 1000);
  expect(echoes).toHaveLength(20);
  expect(compareFrames(seen.in(sensor), [...seen.in(closed), ...seen.out(closed)])).toBe('');
});

test('frames of other hosts that the firewall holds off are not copied, those that it lets in are, once', async () => {
  const sensor = await scene.vm({ name: 'sensor', tag: 9 });
  await scene.tap(open, sensor, 'IN');
  const look = await watch(scene, open, sensor);
  const header = { src: tunnel.ip ?? '', dst: open.ip ?? '' };
  const inVlan = (transport: Parameters<typeof ipv4>[1], vid: number) =>
    ethernet({ src: tunnel.mac, dst: open.mac, tags: [{ vid }] }, ipv4(header, transport));
  const [http, ssh] = [tcp({ from: 5000, to: 80 }), tcp({ from: 5000, to: 22 })];
  await sendFrames(tunnel, [inVlan(http, 1), inVlan(ssh, 1), inVlan(http, 2)]);
  const seen = await look();
  const delivered = ethernet({ src: tunnel.mac, dst: open.mac }, ipv4(header, http));
  expect(has(seen.in(sensor), delivered)).toBe(1);
  expect(compareFrames(seen.in(sensor), seen.in(open))).toBe('');
});
