import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addFolder } from './folder.ts';
import { pcapCounter, readPcap } from './pcap.ts';

type Order = 'LE' | 'BE';

const u32 = (order: Order, ...values: readonly number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    if (order === 'LE') bytes.writeUInt32LE(value, index * 4);
    else bytes.writeUInt32BE(value, index * 4);
  });
  return bytes;
};

const MICROS = 0xa1b2c3d4;
const NANOS = 0xa1b23c4d;

function fileOf(order: Order, magic: number, frames: readonly Buffer[], link = 1): Buffer {
  const records = frames.flatMap((frame) => [u32(order, 7, 5000, frame.length, frame.length), frame]);
  return Buffer.concat([u32(order, magic, 0x00040002, 0, 0, 65_535, link), ...records]);
}

const frames = [Buffer.from('first frame'), Buffer.alloc(0), Buffer.from([0, 1, 2, 255])];

describe('readPcap', () => {
  test.each<[Order, number, number]>([
    ['LE', MICROS, 7_005_000],
    ['BE', MICROS, 7_005_000],
    ['LE', NANOS, 7_000_005],
    ['BE', NANOS, 7_000_005],
  ])('reads %s files, magic %i', (order, magic, atMicros) => {
    expect(readPcap(fileOf(order, magic, frames))).toEqual(frames.map((bytes) => ({ atMicros, bytes })));
  });

  test('leaves out what is not written yet, at any place', () => {
    const file = fileOf('LE', MICROS, frames);
    const ends = [24 + 16 + 11, 24 + 16 + 11 + 16, file.length];
    for (let length = 0; length <= file.length; length += 1) {
      const whole = ends.filter((end) => end <= length).length;
      expect(readPcap(file.subarray(0, length)).map(({ bytes }) => bytes)).toEqual(frames.slice(0, whole));
    }
  });

  test('refuses other files, other link types and frames cut short', () => {
    const malformed = expect.objectContaining({ code: 'malformed-pcap' });
    expect(() => readPcap(Buffer.alloc(24, 'x'))).toThrow(malformed);
    expect(() => readPcap(fileOf('LE', MICROS, [], 113))).toThrow(malformed);
    const cut = Buffer.concat([fileOf('LE', MICROS, []), u32('LE', 0, 0, 4, 1500), Buffer.alloc(4)]);
    expect(() => readPcap(cut)).toThrow(malformed);
  });
});

test('the frames of a file that grows are counted, whatever part of one is there', async () => {
  const folder = await addFolder('pcap');
  const path = join(folder.path, 'growing.pcap');
  try {
    const file = fileOf('BE', NANOS, frames);
    await writeFile(path, '');
    const count = pcapCounter(path);
    for (let length = 1; length <= file.length; length += 1) {
      await appendFile(path, file.subarray(length - 1, length));
      expect(await count()).toBe(readPcap(file.subarray(0, length)).length);
    }
    await appendFile(path, file.subarray(24));
    expect(await count()).toBe(2 * frames.length);
  } finally {
    await folder.remove();
  }
});
