import { isIPv6 } from 'node:net';
import { macBytes, type Packet } from './frames.ts';
import { SupportError } from './support-error.ts';

const ETH_IPV4 = 0x0800;
const ETH_ARP = 0x0806;
const ETH_IPV6 = 0x86dd;

/** What an IP packet carries; its checksum needs the addresses, so it is finished by them. */
export interface Transport {
  readonly protocol: number;
  readonly bytes: (pseudoHeader: (length: number) => Buffer) => Buffer;
}

function u16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, index * 2);
  });
  return bytes;
}

/** The Internet checksum (RFC 1071). */
export function checksum(...parts: readonly Buffer[]): number {
  const bytes = Buffer.concat(parts);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function ipv4Bytes(address: string): Buffer {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) {
    throw new SupportError('malformed-frame', `not an IPv4 address: ${address}`);
  }
  return Buffer.from(parts);
}

function ipv6Bytes(address: string): Buffer {
  if (!isIPv6(address) || address.includes('.'))
    throw new SupportError('malformed-frame', `not an IPv6 address: ${address}`);
  const [left = '', right] = address.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)));
  const start = words(left);
  const end = right === undefined ? [] : words(right);
  return u16(...start, ...new Array<number>(8 - start.length - end.length).fill(0), ...end);
}

/** A checksum of zero means "none" in UDP (RFC 768), so the sum zero is sent as its complement. */
function sealed(bytes: Buffer, at: number, pseudoHeader: Buffer, zeroIsNone = false): Buffer {
  const sum = checksum(pseudoHeader, bytes);
  bytes.writeUInt16BE(sum === 0 && zeroIsNone ? 0xffff : sum, at);
  return bytes;
}

/** UDP (RFC 768). */
export function udp(from: number, to: number, payload: Buffer): Transport {
  const bytes = Buffer.concat([u16(from, to, 8 + payload.length, 0), payload]);
  return { protocol: 17, bytes: (pseudo) => sealed(Buffer.from(bytes), 6, pseudo(bytes.length), true) };
}

export interface TcpHeader {
  readonly from: number;
  readonly to: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16; SYN unless told. */
  readonly flags?: number;
}

/** TCP (RFC 9293) without options. */
export function tcp(header: TcpHeader, payload: Buffer = Buffer.alloc(0)): Transport {
  const { from, to, sequence = 1, acknowledgement = 0, flags = 2 } = header;
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(sequence, 0);
  numbers.writeUInt32BE(acknowledgement, 4);
  const bytes = Buffer.concat([u16(from, to), numbers, u16(0x5000 | flags, 64_240, 0, 0), payload]);
  return { protocol: 6, bytes: (pseudo) => sealed(Buffer.from(bytes), 16, pseudo(bytes.length)) };
}

/** ICMP echo request (RFC 792), or reply. */
export function icmpEcho(
  id: number,
  sequence: number,
  payload: Buffer,
  kind: 'request' | 'reply' = 'request',
): Transport {
  const bytes = Buffer.concat([u16(kind === 'request' ? 0x0800 : 0, 0, id, sequence), payload]);
  return { protocol: 1, bytes: () => sealed(Buffer.from(bytes), 2, Buffer.alloc(0)) };
}

/** ICMPv6 echo request (RFC 4443). */
export function icmpv6Echo(id: number, sequence: number, payload: Buffer): Transport {
  const bytes = Buffer.concat([u16(0x8000, 0, id, sequence), payload]);
  return { protocol: 58, bytes: (pseudo) => sealed(Buffer.from(bytes), 2, pseudo(bytes.length)) };
}

export interface IpHeader {
  readonly src: string;
  readonly dst: string;
  /** Time to live or hop limit; 64 unless told. */
  readonly ttl?: number;
  /** IPv4 only: identification of the datagram; 0 unless told. */
  readonly id?: number;
}

function ipv4Header(
  { src, dst, ttl = 64, id = 0 }: IpHeader,
  protocol: number,
  length: number,
  fragment: number,
): Buffer {
  const fixed = [u16(0x4500, 20 + length, id, fragment, (ttl << 8) | protocol, 0), ipv4Bytes(src), ipv4Bytes(dst)];
  return sealed(Buffer.concat(fixed), 10, Buffer.alloc(0));
}

function ipv4Payload({ src, dst }: IpHeader, transport: Transport): Buffer {
  return transport.bytes((length) => Buffer.concat([ipv4Bytes(src), ipv4Bytes(dst), u16(transport.protocol, length)]));
}

/** IPv4 (RFC 791), do-not-fragment set. */
export function ipv4(header: IpHeader, transport: Transport): Packet {
  const payload = ipv4Payload(header, transport);
  const bytes = Buffer.concat([ipv4Header(header, transport.protocol, payload.length, 0x4000), payload]);
  return { etherType: ETH_IPV4, bytes };
}

/** The same datagram in fragments (RFC 791 section 3.2) of at most so many bytes of payload, a multiple of 8. */
export function ipv4Fragments(header: IpHeader, transport: Transport, size: number): readonly Packet[] {
  if (size <= 0 || size % 8 !== 0) throw new SupportError('malformed-frame', `${size} is not a multiple of 8`);
  const payload = ipv4Payload(header, transport);
  const count = Math.ceil(payload.length / size);
  return Array.from({ length: count }, (_, index) => {
    const part = payload.subarray(index * size, (index + 1) * size);
    const more = index < count - 1 ? 0x2000 : 0;
    const head = ipv4Header(header, transport.protocol, part.length, more | ((index * size) / 8));
    return { etherType: ETH_IPV4, bytes: Buffer.concat([head, part]) };
  });
}

/** IPv6 (RFC 8200). */
export function ipv6({ src, dst, ttl = 64 }: IpHeader, transport: Transport): Packet {
  const addresses = Buffer.concat([ipv6Bytes(src), ipv6Bytes(dst)]);
  const pseudo = (length: number) => Buffer.concat([addresses, u16(0, length, 0, transport.protocol)]);
  const payload = transport.bytes(pseudo);
  const head = u16(0x6000, 0, payload.length, (transport.protocol << 8) | ttl);
  return { etherType: ETH_IPV6, bytes: Buffer.concat([head, addresses, payload]) };
}

export interface ArpFields {
  readonly operation: 'request' | 'reply';
  readonly senderMac: string;
  readonly senderIp: string;
  /** All zeroes unless told. */
  readonly targetMac?: string;
  readonly targetIp: string;
}

/** ARP for IPv4 over Ethernet (RFC 826). */
export function arp({ operation, senderMac, senderIp, targetMac = '00:00:00:00:00:00', targetIp }: ArpFields): Packet {
  const head = u16(1, ETH_IPV4, 0x0604, operation === 'request' ? 1 : 2);
  const sender = [macBytes(senderMac), ipv4Bytes(senderIp)];
  return { etherType: ETH_ARP, bytes: Buffer.concat([head, ...sender, macBytes(targetMac), ipv4Bytes(targetIp)]) };
}
