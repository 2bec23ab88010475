import { describe, expect, test } from 'vitest';
import { ethernet, numbered } from './frames.ts';
import { checksum, icmpEcho, ipv4, ipv4Fragments, ipv6, tcp, udp } from './packets.ts';

const malformed = expect.objectContaining({ code: 'malformed-frame' });
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('frames', () => {
  test('tags stand between the addresses and the type, from the outside in', () => {
    const header = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
    const tags = [{ tpid: 0x88a8, vid: 5 } as const, { vid: 4095, pcp: 7 }];
    const frame = ethernet({ ...header, tags }, { etherType: 0x1234, bytes: hex('abcd') });
    expect(frame).toEqual(hex('020000000002 020000000001 88a8 0005 8100 efff 1234 abcd'));
  });

  test('no two numbered payloads are equal, and each is as long as asked for', () => {
    const payloads = Array.from({ length: 2000 }, (_, number) => numbered('one', number, 40));
    expect(new Set(payloads.map((payload) => payload.toString('hex'))).size).toBe(2000);
    expect(payloads.every((payload) => payload.length === 40)).toBe(true);
    expect(() => numbered('a label that is longer', 1, 8)).toThrow(malformed);
  });

  test('wrong addresses are refused', () => {
    expect(() => ethernet({ src: 'x', dst: '02:00:00:00:00:02' }, { etherType: 1, bytes: hex('') })).toThrow(malformed);
    expect(() => ipv4({ src: '10.0.0.256', dst: '10.0.0.1' }, udp(1, 2, hex('')))).toThrow(malformed);
    expect(() => ipv6({ src: '10.0.0.1', dst: '::1' }, udp(1, 2, hex('')))).toThrow(malformed);
  });
});

/** The kernel of a VM checks the checksums of whole packets in test/switch; here are vectors from elsewhere. */
describe('packets', () => {
  test('the checksum of RFC 1071 section 3', () => {
    expect(checksum(hex('0001 f203 f4f5 f6f7'))).toBe(~0xddf2 & 0xffff);
  });

  test('an IPv4 header', () => {
    const { bytes } = ipv4({ src: '192.168.0.1', dst: '192.168.0.199' }, udp(1, 2, Buffer.alloc(87)));
    expect(bytes.subarray(0, 20)).toEqual(hex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7'));
  });

  test('a UDP checksum that comes to zero is sent as ones', () => {
    const sums = Array.from({ length: 65_536 }, (_, port) =>
      ipv4({ src: '0.0.0.0', dst: '0.0.0.0' }, udp(port, 0, hex(''))).bytes.readUInt16BE(26),
    );
    expect(sums).not.toContain(0);
    expect(sums).toContain(0xffff);
  });

  test('fragments are the datagram', () => {
    const header = { src: '10.0.0.1', dst: '10.0.0.2', id: 77 };
    const echo = icmpEcho(1, 2, numbered('fragment', 1, 3000));
    const fragments = ipv4Fragments(header, echo, 1480).map(({ bytes }) => bytes);
    expect(fragments.map((bytes) => bytes.length)).toEqual([1500, 1500, 68]);
    expect(fragments.map((bytes) => bytes.readUInt16BE(6))).toEqual([0x2000, 0x2000 | 185, 370]);
    const joined = Buffer.concat(fragments.map((bytes) => bytes.subarray(20)));
    expect(joined).toEqual(ipv4(header, echo).bytes.subarray(20));
    expect(() => ipv4Fragments(header, echo, 1001)).toThrow(malformed);
  });

  test('IPv6 addresses are written out', () => {
    const { bytes } = ipv6({ src: 'fe80::1:2', dst: '::' }, tcp({ from: 1, to: 2 }));
    expect(bytes.subarray(8, 40)).toEqual(hex(`fe80 ${'0000'.repeat(5)} 0001 0002 ${'0000'.repeat(8)}`));
  });
});
