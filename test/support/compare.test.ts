import { expect, test } from 'vitest';
import { compareFrames, frameDifference } from './compare.ts';
import { BROADCAST, ethernet, numbered } from './frames.ts';
import { arp, ipv4, udp } from './packets.ts';

const src = 'fa:16:3e:00:00:01';
const dst = 'fa:16:3e:00:00:02';
const datagram = (number: number) =>
  ethernet({ src, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(1000, 2000, numbered('compare', number))));

test('the same frames in another order do not differ', () => {
  const frames = [datagram(1), datagram(2), datagram(2), datagram(3)];
  expect(compareFrames(frames, [...frames].reverse())).toBe('');
});

test('missing, extra and doubled frames are told apart and counted', () => {
  const actual = [datagram(2), datagram(2), datagram(2), datagram(4)];
  const expected = [datagram(1), datagram(1), datagram(2), datagram(3)];
  expect(frameDifference(actual, expected)).toEqual({
    missing: [
      { frame: datagram(1), count: 2 },
      { frame: datagram(3), count: 1 },
    ],
    extra: [{ frame: datagram(4), count: 1 }],
    doubled: [{ frame: datagram(2), count: 2 }],
  });
});

test('a frame that differs in one bit is another frame', () => {
  const changed = datagram(1);
  changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
  expect(frameDifference([changed], [datagram(1)])).toMatchObject({ missing: [{ count: 1 }], extra: [{ count: 1 }] });
});

test('the text tells what the frames are, and no more than the first few', () => {
  const question = arp({ operation: 'request', senderMac: src, senderIp: '10.0.0.1', targetIp: '10.0.0.9' });
  const tagged = ethernet({ src, dst: BROADCAST, tags: [{ tpid: 0x88a8, vid: 5 }, { vid: 7 }] }, question);
  const text = compareFrames(
    [tagged],
    Array.from({ length: 8 }, (_, number) => datagram(number)),
  );
  expect(text).toContain('8 missing:');
  expect(text).toContain(`1 x ${src} > ${dst} ipv4 10.0.0.1 > 10.0.0.2 udp 1000 > 2000, 106 bytes`);
  expect(text).toContain('and 3 other frames');
  expect(text).toContain('1 extra:');
  expect(text).toContain(`${src} > ${BROADCAST} vlan 88a8:5 8100:7 arp 10.0.0.1 asks for 10.0.0.9, 50 bytes`);
  expect(text).toContain('ffff ffff ffff fa16 3e00 0001 88a8 0005');
});
