import { open } from 'node:fs/promises';
import { SupportError } from './support-error.ts';

export interface CapturedFrame {
  /** Microseconds since the epoch. */
  readonly atMicros: number;
  /** The frame from its destination address on, VLAN tags in place, without FCS. */
  readonly bytes: Buffer;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 1;
const MICROS = 0xa1b2c3d4;
const NANOS = 0xa1b23c4d;

interface Format {
  readonly u32: (file: Buffer, at: number) => number;
  readonly perMicro: number;
}

function formatOf(file: Buffer): Format {
  const orders = [
    (bytes: Buffer, at: number) => bytes.readUInt32LE(at),
    (bytes: Buffer, at: number) => bytes.readUInt32BE(at),
  ];
  for (const u32 of orders) {
    const magic = u32(file, 0);
    if (magic === MICROS || magic === NANOS) return { u32, perMicro: magic === NANOS ? 1000 : 1 };
  }
  throw new SupportError('malformed-pcap', `not a pcap file: it starts with ${file.subarray(0, 4).toString('hex')}`);
}

/**
 * Reads a pcap file of Ethernet frames (draft-ietf-opsawg-pcap) of either byte order and clock. A record that is not all
 * there yet, as in a file that is still being written, is left out, as is everything of a file without its whole header.
 * Throws SupportError `malformed-pcap` for another kind of file and for a frame that was cut short.
 */
export function readPcap(file: Buffer): readonly CapturedFrame[] {
  if (file.length < FILE_HEADER) return [];
  const { u32, perMicro } = formatOf(file);
  const link = u32(file, 20) & 0xffff;
  if (link !== ETHERNET) throw new SupportError('malformed-pcap', `link type ${link} is not Ethernet`);
  const frames: CapturedFrame[] = [];
  let at = FILE_HEADER;
  while (at + RECORD_HEADER <= file.length) {
    const captured = u32(file, at + 8);
    const original = u32(file, at + 12);
    if (captured !== original) throw new SupportError('malformed-pcap', `${original} bytes were cut to ${captured}`);
    const end = at + RECORD_HEADER + captured;
    if (end > file.length) break;
    const atMicros = u32(file, at) * 1_000_000 + Math.floor(u32(file, at + 4) / perMicro);
    frames.push({ atMicros, bytes: file.subarray(at + RECORD_HEADER, end) });
    at = end;
  }
  return frames;
}

/** Counts the frames in a pcap file that is being written, whole ones only; reads no byte twice, however often it is called. */
export function pcapCounter(path: string): () => Promise<number> {
  let [at, count] = [0, 0];
  let format: Format | undefined;
  return async () => {
    const bytes = await bytesFrom(path, at);
    let read = 0;
    if (!format) {
      if (bytes.length < FILE_HEADER) return 0;
      format = formatOf(bytes);
      read = FILE_HEADER;
    }
    for (let end = endOfRecord(bytes, read, format); end <= bytes.length; end = endOfRecord(bytes, read, format)) {
      read = end;
      count += 1;
    }
    at += read;
    return count;
  };
}

/** Of a record whose header is not there, infinity. */
function endOfRecord(bytes: Buffer, at: number, { u32 }: Format): number {
  return at + RECORD_HEADER > bytes.length ? Number.POSITIVE_INFINITY : at + RECORD_HEADER + u32(bytes, at + 8);
}

async function bytesFrom(path: string, at: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - at));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
