import { BROADCAST, ethernet, macBytes, numbered, type Packet } from '../support/frames.ts';
import { arp, icmpEcho, icmpv6Echo, ipv4, ipv4Fragments, ipv6, tcp, udp } from '../support/packets.ts';
import type { Vm } from '../support/vm.ts';

const IPV4_MULTICAST = '01:00:5e:00:00:fb';
const SOLICITED_NODE = '33:33:ff:00:00:02';
const BRIDGE_GROUP = '01:80:c2:00:00:00';
const LLDP = '01:80:c2:00:00:0e';

/** To the shortest frame on a wire; no kernel pads with these bytes, so that none sends the same frame. */
const padded = ({ etherType, bytes }: Packet): Packet => ({
  etherType,
  bytes: Buffer.concat([bytes, numbered('padding', 1, 46 - bytes.length)]),
});
const raw = (etherType: number, bytes: Buffer): Packet => ({ etherType, bytes });

/** The address of the VM, or one that its MAC address gives. */
function addressOf({ ip, mac }: Vm): string {
  const [high = 0, low = 0] = macBytes(mac).subarray(4);
  return ip ?? `10.1.${high}.${low}`;
}

function unicast(sender: Vm, receiver: Vm): Buffer[] {
  const [src, dst, from, to] = [sender.mac, receiver.mac, addressOf(sender), addressOf(receiver)];
  const ip = { src: from, dst: to };
  const ip6 = { src: 'fe80::1', dst: 'fe80::2' };
  const datagram = udp(9, 9, numbered('fragmented', 1, 4000));
  const packets = [
    ipv4(ip, udp(1000, 7, numbered('udp', 1))),
    ipv4(ip, icmpEcho(5, 1, numbered('icmp', 1))),
    ipv4(ip, tcp({ from: 1234, to: 80 })),
    ipv4(ip, tcp({ from: 1234, to: 80, flags: 24, sequence: 7, acknowledgement: 9 }, numbered('tcp', 1, 1400))),
    ipv4({ ...ip, ttl: 1 }, { protocol: 132, bytes: () => numbered('sctp, one hop', 1) }),
    ...ipv4Fragments({ ...ip, id: 77 }, datagram, 1480),
    ipv6(ip6, udp(1000, 7, numbered('udp6', 1))),
    ipv6({ ...ip6, ttl: 255 }, { protocol: 58, bytes: () => Buffer.from([136, 0, 0, 0, 0x60, 0, 0, 0]) }),
    padded(arp({ operation: 'reply', senderMac: src, senderIp: from, targetMac: dst, targetIp: to })),
  ];
  return packets.map((packet) => ethernet({ src, dst }, packet));
}

function groups(sender: Vm, receiver: Vm): Buffer[] {
  const [src, from, to] = [sender.mac, addressOf(sender), addressOf(receiver)];
  const solicitation = { protocol: 58, bytes: () => Buffer.from([135, 0, 0, 0, 0, 0, 0, 0]) };
  const question = arp({ operation: 'request', senderMac: src, senderIp: from, targetIp: to });
  return [
    ethernet({ src, dst: BROADCAST }, padded(question)),
    ethernet({ src, dst: BROADCAST }, ipv4({ src: from, dst: '255.255.255.255' }, udp(68, 67, numbered('dhcp', 1)))),
    ethernet({ src, dst: IPV4_MULTICAST }, ipv4({ src: from, dst: '224.0.0.251' }, udp(5353, 5353, numbered('m', 1)))),
    ethernet({ src, dst: SOLICITED_NODE }, ipv6({ src: 'fe80::1', dst: 'ff02::1:ff00:2', ttl: 255 }, solicitation)),
    ethernet(
      { src, dst: '33:33:00:00:00:01' },
      ipv6({ src: 'fe80::1', dst: 'ff02::1' }, icmpv6Echo(1, 1, numbered('m6', 1))),
    ),
  ];
}

/** Frames of every length that a wire carries, and of types that a switch does not know or does not forward. */
function odd({ mac: src }: Vm, { mac: dst }: Vm): Buffer[] {
  const brokenIp = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(1, 2, numbered('cut short', 1)));
  return [
    ethernet({ src, dst }, raw(0x88b5, numbered('minimal', 1, 46))),
    ethernet({ src, dst }, raw(0x88b5, Buffer.alloc(0))),
    ethernet({ src, dst }, raw(0x88b5, numbered('full', 1, 1500))),
    ethernet({ src, dst }, raw(0x88b5, numbered('jumbo', 1, 9000))),
    ethernet({ src, dst }, raw(0x0026, numbered('LLC', 1, 46))),
    ethernet(
      { src, dst: BRIDGE_GROUP },
      raw(0x0026, Buffer.concat([Buffer.from([0x42, 0x42, 3]), numbered('BPDU', 1, 43)])),
    ),
    ethernet({ src, dst: LLDP }, raw(0x88cc, numbered('LLDP', 1, 46))),
    ethernet({ src, dst }, raw(0x8847, Buffer.concat([Buffer.from([0, 1, 0x01, 64]), numbered('MPLS', 1)]))),
    ethernet({ src, dst }, raw(0x0800, brokenIp.bytes.subarray(0, 30))),
    ethernet({ src, dst }, raw(0x0800, numbered('no IP at all', 1))),
  ];
}

/** One frame of every kind that copies must not change or lose, from one VM (MTU 9000) to another and to groups. */
export function kindsOfFrames(from: Vm, to: Vm): readonly Buffer[] {
  return [...unicast(from, to), ...groups(from, to), ...odd(from, to)];
}

/** IEEE 802.1D section 7.12.6: bridges keep frames to some group addresses to themselves. */
export function isForwarded(frame: Buffer): boolean {
  return frame.toString('hex', 0, 5) !== '0180c20000';
}
