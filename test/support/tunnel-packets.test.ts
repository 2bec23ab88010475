import { describe, expect, test } from 'vitest';
import { ethernet, numbered, type VlanTag } from './frames.ts';
import { arp, ipv4, type Transport, udp } from './packets.ts';
import { decodeTunnelled } from './tunnel-packets.ts';

const OUTER = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
const HOSTS = { src: '172.30.0.1', dst: '172.30.0.2' };
const malformed = expect.objectContaining({ code: 'malformed-frame' });

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const inTunnel = (transport: Transport) => ethernet(OUTER, ipv4(HOSTS, transport));
const gre = (header: Buffer, inner: Buffer): Transport => ({
  protocol: 47,
  bytes: () => Buffer.concat([header, inner]),
});

function sent(...tags: readonly VlanTag[]): Buffer {
  const header = { src: 'fa:16:3e:00:00:01', dst: 'fa:16:3e:00:00:02', tags };
  return ethernet(header, { etherType: 0x88b5, bytes: numbered('tunnelled', 1) });
}

const tagged = sent({ vid: 1 });

describe('decodeTunnelled', () => {
  test.each([
    ['vxlan', 0x123456, udp(50_000, 4789, Buffer.concat([hex('08000000 12345600'), tagged]))],
    ['geneve', 7, udp(50_000, 6081, Buffer.concat([hex('00006558 00000700'), tagged]))],
    ['geneve', 7, udp(50_000, 6081, Buffer.concat([hex('02006558 00000700 0102030405060708'), tagged]))],
    ['gre', 7, gre(hex('20006558 00000007'), tagged)],
    ['gre', 0x80000007, gre(hex('b0006558 abcd0000 80000007 00000001'), tagged)],
    ['gre', undefined, gre(hex('00006558'), tagged)],
  ] as const)('%s: who sends to whom, with which key', (type, tunnelKey, transport) => {
    const ends = { type, tunnelKey, from: HOSTS.src, to: HOSTS.dst };
    expect(decodeTunnelled(inTunnel(transport))).toEqual({ ...ends, inner: tagged, vid: 1, frame: sent() });
  });

  test.each<[string, readonly VlanTag[], number | undefined, Buffer]>([
    ['none', [], undefined, sent()],
    ['that of unicast', [{ vid: 0 }], 0, sent()],
    ['one with a priority', [{ vid: 4094, pcp: 7 }], 4094, sent()],
    ['one above a tag of the VM', [{ vid: 2 }, { vid: 100 }], 2, sent({ vid: 100 })],
    ['a service tag', [{ vid: 5, tpid: 0x88a8 }, { vid: 100 }], 5, sent({ vid: 100 })],
  ])('the outermost tag: %s', (_, tags, vid, frame) => {
    const inner = sent(...tags);
    const outer = inTunnel(udp(50_000, 4789, Buffer.concat([hex('08000000 00000700'), inner])));
    expect(decodeTunnelled(outer)).toMatchObject({ inner, vid, frame });
  });

  test('padding behind the packet is not part of the frame', () => {
    const outer = inTunnel(gre(hex('20006558 00000007'), tagged));
    expect(decodeTunnelled(Buffer.concat([outer, Buffer.alloc(10)]))?.inner).toEqual(tagged);
  });

  test('what is no tunnel is left out', () => {
    const question = arp({ operation: 'request', senderMac: OUTER.src, senderIp: HOSTS.src, targetIp: HOSTS.dst });
    expect(decodeTunnelled(ethernet(OUTER, question))).toBeUndefined();
    expect(decodeTunnelled(inTunnel(udp(4789, 53, tagged)))).toBeUndefined();
  });

  test('what cannot be read is not taken for nothing', () => {
    const vxlan = udp(50_000, 4789, Buffer.concat([hex('00000000 00000700'), tagged]));
    expect(() => decodeTunnelled(inTunnel(vxlan))).toThrow(malformed);
    expect(() => decodeTunnelled(inTunnel(gre(hex('20000800 00000007'), tagged)))).toThrow(malformed);
    expect(() => decodeTunnelled(inTunnel(udp(50_000, 6081, hex('00000800 00000700'))))).toThrow(malformed);
    const fragment = inTunnel(gre(hex('20006558 00000007'), tagged));
    fragment.writeUInt16BE(0x2000, 20);
    expect(() => decodeTunnelled(fragment)).toThrow(malformed);
  });
});
