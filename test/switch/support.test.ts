import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Capture, type CaptureOptions, capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { BROADCAST, ethernet, numbered, type VlanTag } from '../support/frames.ts';
import { icmpEcho, icmpv6Echo, ipv4, ipv4Fragments, ipv6, tcp, udp } from '../support/packets.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { plugVm, type Vm, type VmOptions } from '../support/vm.ts';

let on: Switch;
const captures: Capture[] = [];
const vms: Vm[] = [];

beforeAll(async () => {
  on = await startSwitch({ vlanLimit: 2, hostname: 'compute-1' });
  await on.addBridge('br-int');
});

afterEach(async () => {
  for (const one of captures.splice(0)) await one.stop();
  for (const vm of vms.splice(0)) await vm.remove();
});

afterAll(() => on?.stop());

async function plug(options: VmOptions): Promise<Vm> {
  const vm = await plugVm(on, options);
  vms.push(vm);
  return vm;
}

async function listen(vm: Vm, options?: CaptureOptions): Promise<Capture> {
  const one = await capture(vm, options);
  captures.push(one);
  return one;
}

const payload = (label: string, number: number, length?: number) => ({
  etherType: 0x88b5,
  bytes: numbered(label, number, length),
});

describe('frames between two VMs', () => {
  test('thousands at once arrive each once and in order, and are seen in their direction only', async () => {
    const a = await plug({ name: 'a', tag: 1 });
    const b = await plug({ name: 'b', tag: 1 });
    const [out, noneIn] = [await listen(a, { direction: 'out' }), await listen(a, { direction: 'in' })];
    const [seen, noneOut] = [await listen(b, { direction: 'in' }), await listen(b, { direction: 'out' })];
    const frames = Array.from({ length: 10_000 }, (_, number) =>
      ethernet({ src: a.mac, dst: BROADCAST }, payload('many', number)),
    );
    await sendFrames(a, frames);
    await settle(on);
    expect(compareFrames(await seen.frames(), frames)).toBe('');
    expect(Buffer.concat([...(await seen.frames())]).equals(Buffer.concat(frames))).toBe(true);
    expect(compareFrames(await out.frames(), frames)).toBe('');
    expect([await noneIn.frames(), await noneOut.frames()]).toEqual([[], []]);
  });

  const stacks: readonly (readonly VlanTag[])[] = [
    [],
    [{ vid: 0, pcp: 5 }],
    [{ vid: 100, pcp: 7 }],
    [{ tpid: 0x88a8, vid: 100 }],
    [{ tpid: 0x88a8, vid: 100 }, { vid: 200 }],
    [{ vid: 100 }, { vid: 200 }],
  ];

  test('every kind of tag, short frames and long ones are the same bytes on both sides of a trunk', async () => {
    const a = await plug({ name: 'a', mtu: 9000 });
    const b = await plug({ name: 'b', mtu: 9000 });
    const [out, seen] = [await listen(a, { direction: 'out' }), await listen(b, { direction: 'in' })];
    const lengths = [16, 46, 64, 1500, 8900];
    const frames = stacks.flatMap((tags, stack) =>
      lengths.map((length) => ethernet({ src: a.mac, dst: BROADCAST, tags }, payload('odd', stack, length))),
    );
    await sendFrames(a, frames, { gapMicros: 100 });
    await settle(on);
    expect(compareFrames(await out.frames(), frames)).toBe('');
    expect(compareFrames(await seen.frames(), frames)).toBe('');
  });

  test('a frame longer than the MTU is refused', async () => {
    const a = await plug({ name: 'a', tag: 1 });
    const long = ethernet({ src: a.mac, dst: BROADCAST }, payload('long', 1, 1600));
    await expect(sendFrames(a, [long])).rejects.toMatchObject({ code: 'command-failed' });
  });

  test('settle is enough to say that nothing came', async () => {
    const a = await plug({ name: 'a', tag: 1 });
    const b = await plug({ name: 'b', tag: 2 });
    const seen = await listen(b, { direction: 'in' });
    const frames = Array.from({ length: 2000 }, (_, number) =>
      ethernet({ src: a.mac, dst: BROADCAST }, payload('apart', number)),
    );
    await sendFrames(a, frames);
    await settle(on);
    expect(await seen.frames()).toEqual([]);
    await b.setTag(1);
    expect(await b.tag()).toBe(1);
    await sendFrames(a, frames);
    await settle(on);
    expect(compareFrames(await seen.frames(), frames)).toBe('');
  });
});

describe('packets as a kernel reads them', () => {
  /** A counter of RFC 1213 by the name that /proc/net/snmp or snmp6 gives it. */
  async function counter(vm: Vm, name: string): Promise<number> {
    if (name.includes('6')) {
      const text = await vm.exec('cat', ['/proc/net/snmp6']);
      return Number(new RegExp(`^${name}\\s+(\\d+)`, 'm').exec(text)?.[1]);
    }
    const [group, field] = name.split('.');
    const [names, values] = (await vm.exec('cat', ['/proc/net/snmp']))
      .split('\n')
      .filter((row) => row.startsWith(`${group}:`));
    return Number(values?.split(' ')[names?.split(' ').indexOf(field ?? '') ?? -1]);
  }

  test('checksums and fragments are right', async () => {
    const a = await plug({ name: 'a', tag: 1 });
    const b = await plug({ name: 'b', tag: 1, ip: '10.0.0.2/24' });
    const addresses = { src: '10.0.0.1', dst: '10.0.0.2' };
    const inward = ['Udp.NoPorts', 'Tcp.InSegs', 'Icmp.InEchos', 'Ip.ReasmOKs'];
    const wrong = ['Udp.InCsumErrors', 'Tcp.InCsumErrors', 'Icmp.InCsumErrors', 'Ip.InHdrErrors', 'Ip.ReasmFails'];
    const all = async (names: readonly string[]) => Promise.all(names.map((name) => counter(b, name)));
    const before = await all(inward);
    const packets = [
      ...[20, 21].map((length) => ipv4(addresses, udp(5000, 5001, numbered('u', 1, length)))),
      ...[20, 21].map((length) => ipv4(addresses, tcp({ from: 5000, to: 5001 }, numbered('t', 1, length)))),
      ipv4(addresses, icmpEcho(1, 1, numbered('i', 1))),
      ...ipv4Fragments({ ...addresses, id: 9 }, udp(5000, 5001, numbered('f', 1, 4000)), 1480),
    ];
    await sendFrames(
      a,
      packets.map((packet) => ethernet({ src: a.mac, dst: b.mac }, packet)),
    );
    const grown = async () => {
      const growth = (await all(inward)).map((value, index) => value - (before[index] ?? 0));
      if (growth.join() !== '3,2,1,1') throw new Error(`${inward.join()} grew by ${growth.join()}`);
      return true;
    };
    await eventually(grown, { what: 'the kernel to take every packet' });
    expect(await all(wrong)).toEqual(wrong.map(() => 0));
  });

  test('IPv6 too, in a VM that speaks it', async () => {
    const a = await plug({ name: 'a', tag: 1 });
    const b = await plug({ name: 'b', tag: 1, ipv6: true });
    const [eui] = /fe80::[0-9a-f:]+/.exec(await b.exec('ip', ['-6', 'address', 'show', 'dev', 'eth0'])) ?? [];
    const to = eui ?? 'ff02::1';
    const before = await counter(b, 'Icmp6InEchos');
    const echo = ipv6({ src: 'fe80::1', dst: to }, icmpv6Echo(1, 1, numbered('six', 1)));
    const settled = async () => !(await b.exec('ip', ['-6', 'address', 'show', 'dev', 'eth0'])).includes('tentative');
    await eventually(settled, { what: 'the address to be usable' });
    await sendFrames(a, [ethernet({ src: a.mac, dst: b.mac }, echo)]);
    await eventually(async () => (await counter(b, 'Icmp6InEchos')) === before + 1, { what: 'the echo request' });
    expect(await counter(b, 'Icmp6InErrors')).toBe(0);
  });
});

describe('a VM', () => {
  test('is a port as Neutron and Nova make it', async () => {
    const vm = await plug({ name: 'a', tag: 7, ip: '10.0.0.1/24' });
    const ids = await on.vsctl('get', 'Interface', vm.portName, 'external_ids');
    expect(ids).toContain(`iface-id="${vm.portId}"`);
    expect(ids).toContain(`attached-mac="${vm.mac}"`);
    expect(ids).toContain('iface-status=active');
    expect(await vm.tag()).toBe(7);
    expect(await vm.ofport()).toBeGreaterThan(0);
    expect(vm.portName).toBe(`tap${vm.portId.slice(0, 11)}`);
    expect(await vm.exec('cat', ['/sys/class/net/eth0/address'])).toBe(vm.mac);
  });

  test('can be unplugged and plugged again', async () => {
    const vm = await plug({ name: 'a', tag: 7 });
    const former = await vm.ofport();
    const seen = await listen(vm);
    await vm.unplug();
    expect(await on.vsctl('list-ports', 'br-int')).not.toContain(vm.portName);
    await expect(vm.ofport()).rejects.toMatchObject({ code: 'not-plugged' });
    await expect(seen.frames()).rejects.toMatchObject({ code: 'process-ended' });
    captures.length = 0;
    await expect(seen.stop()).rejects.toMatchObject({ code: 'process-ended' });
    await vm.replug({ mode: 'dot1q-tunnel', tag: 8 });
    expect(await vm.tag()).toBe(8);
    expect(await on.vsctl('get', 'Port', vm.portName, 'vlan_mode')).toBe('dot1q-tunnel');
    expect(await vm.ofport()).not.toBe(former);
  });
});

describe('a switch', () => {
  test('has its options and speaks no OpenFlow past 1.4', async () => {
    expect(await on.vsctl('get', 'Open_vSwitch', '.', 'other_config:vlan-limit')).toBe('"2"');
    expect(await on.vsctl('get', 'Open_vSwitch', '.', 'external_ids:hostname')).toBe('compute-1');
    await expect(on.ofctl('-O', 'OpenFlow15', 'show', 'br-int')).rejects.toMatchObject({ code: 'command-failed' });
  });

  test('survives the end of each daemon as a real one does', async () => {
    const a = await plug({ name: 'a', tag: 1 });
    const flows = await on.dumpFlows('br-int');
    expect(flows).toHaveLength(5);
    await on.restartDb();
    expect(await on.dumpFlows('br-int')).toEqual(flows);
    await on.killVswitchd();
    expect(on.vswitchd.isRunning()).toBe(false);
    await on.startVswitchd();
    expect(await a.ofport()).toBeGreaterThan(0);
    expect(await on.dumpFlows('br-int')).toEqual([]);
    await on.restartVswitchd();
    for (const flow of flows) await on.ofctl('add-flow', 'br-int', flow);
    expect(await on.dumpFlows('br-int')).toEqual(flows);
  });

  test('tells why a daemon does not start', async () => {
    await expect(on.vswitchd.start()).rejects.toMatchObject({ code: 'command-failed' });
  });
});
