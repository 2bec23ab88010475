import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Capture, capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { installNeutronFirewall } from '../support/neutron-firewall.ts';
import { arp, icmpEcho, ipv4, tcp, udp } from '../support/packets.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { plugVm, type Vm } from '../support/vm.ts';

let on: Switch;
let closed: Vm;
let open: Vm;
/** A port with the same addresses in another network. */
let other: Vm;
/** In place of br-tun: frames of other hosts come from it, tagged with the local VLAN of their network. */
let tunnel: Vm;
const captures: Capture[] = [];

beforeAll(async () => {
  on = await startSwitch();
  await on.addBridge('br-int');
  closed = await plugVm(on, { name: 'closed', tag: 1, ip: '10.0.0.1/24' });
  open = await plugVm(on, { name: 'open', tag: 1, ip: '10.0.0.2/24' });
  other = await plugVm(on, { name: 'other', tag: 2, ip: '10.0.0.2/24', mac: open.mac });
  tunnel = await plugVm(on, { name: 'tunnel', ip: '10.0.0.3/24' });
  const openTo = [{ protocol: 'tcp', port: 80 } as const, { protocol: 'icmp' } as const];
  await installNeutronFirewall([
    { vm: closed, open: [] },
    { vm: open, open: openTo },
    { vm: other, open: openTo },
  ]);
});

afterEach(async () => {
  for (const one of captures.splice(0)) await one.stop();
});

afterAll(async () => {
  for (const vm of [closed, open, other, tunnel]) await vm?.remove();
  await on?.stop();
});

const between = (from: Vm, to: Vm) => ({ src: from.ip ?? '', dst: to.ip ?? '' });
const syn = (from: Vm, to: Vm, port: number) =>
  ethernet({ src: from.mac, dst: to.mac }, ipv4(between(from, to), tcp({ from: 4000 + port, to: port })));

/** What of these frames arrives at the VM, besides whatever else does. */
async function arriving(from: Vm, to: Vm, frames: readonly Buffer[]): Promise<readonly Buffer[]> {
  const seen = await capture(to, { direction: 'in' });
  captures.push(seen);
  await sendFrames(from, frames);
  await settle(on);
  return (await seen.frames()).filter((frame) => frames.some((sent) => sent.equals(frame)));
}

test('an open port is reached, another one is not', async () => {
  const [http, ssh] = [syn(closed, open, 80), syn(closed, open, 22)];
  expect(compareFrames(await arriving(closed, open, [ssh, http]), [http])).toBe('');
  expect(await arriving(open, closed, [syn(open, closed, 80), syn(open, closed, 22)])).toEqual([]);
});

/** The frame as it is in the VLAN of a trunk. */
const inVlan = (vid: number, frame: Buffer) =>
  Buffer.concat([frame.subarray(0, 12), Buffer.from([0x81, 0, 0, vid]), frame.subarray(12)]);

test('what comes from another host is held off at the receiver, network by network', async () => {
  const [http, ssh] = [syn(tunnel, open, 80), syn(tunnel, open, 22)];
  const seen = [await capture(open, { direction: 'in' }), await capture(other, { direction: 'in' })] as const;
  captures.push(...seen);
  await sendFrames(tunnel, [inVlan(1, ssh), inVlan(1, http), inVlan(2, ssh)]);
  await settle(on);
  const tcpOf = async (one: Capture) =>
    (await one.frames()).filter((frame) => [ssh, http].some((sent) => sent.equals(frame)));
  expect(compareFrames(await tcpOf(seen[0]), [http])).toBe('');
  expect(await tcpOf(seen[1])).toEqual([]);
  await sendFrames(tunnel, [inVlan(2, http)]);
  await settle(on);
  expect(compareFrames(await tcpOf(seen[1]), [http])).toBe('');
});

test('answers come back to a closed port', async () => {
  expect(await closed.exec('ping', ['-c', '1', '-W', '10', open.ip ?? ''])).toContain(' 1 received');
  await expect(open.exec('ping', ['-c', '1', '-W', '1', closed.ip ?? ''])).rejects.toMatchObject({
    code: 'command-failed',
  });
});

test('what only an answer may be is not let in as the first packet', async () => {
  const ack = ethernet(
    { src: open.mac, dst: closed.mac },
    ipv4(between(open, closed), tcp({ from: 80, to: 9, flags: 16 })),
  );
  const pong = ethernet(
    { src: open.mac, dst: closed.mac },
    ipv4(between(open, closed), icmpEcho(7, 7, numbered('p', 1), 'reply')),
  );
  expect(await arriving(open, closed, [ack, pong])).toEqual([]);
});

test('forged senders and DHCP servers are dropped on the way out', async () => {
  const forgedMac = ethernet(
    { src: 'fa:16:3e:99:99:99', dst: open.mac },
    ipv4(between(closed, open), icmpEcho(1, 1, numbered('m', 1))),
  );
  const forgedIp = ethernet(
    { src: closed.mac, dst: open.mac },
    ipv4({ ...between(closed, open), src: '10.0.0.9' }, icmpEcho(1, 2, numbered('i', 1))),
  );
  const question = { operation: 'request', senderMac: closed.mac, targetIp: '10.0.0.2' } as const;
  const forgedArp = ethernet({ src: closed.mac, dst: BROADCAST }, arp({ ...question, senderIp: '10.0.0.9' }));
  const offer = ethernet(
    { src: closed.mac, dst: BROADCAST },
    ipv4({ ...between(closed, open), dst: '255.255.255.255' }, udp(67, 68, numbered('d', 1))),
  );
  const ownArp = ethernet({ src: closed.mac, dst: BROADCAST }, arp({ ...question, senderIp: closed.ip ?? '' }));
  const frames = [forgedMac, forgedIp, forgedArp, offer, ownArp];
  expect(compareFrames(await arriving(closed, open, frames), [ownArp])).toBe('');
});
