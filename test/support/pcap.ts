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
  readonly u32: (at: number) => number;
  readonly perMicro: number;
}

function formatOf(file: Buffer): Format {
  for (const u32 of [(at: number) => file.readUInt32LE(at), (at: number) => file.readUInt32BE(at)]) {
    const magic = u32(0);
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
  const link = u32(20) & 0xffff;
  if (link !== ETHERNET) throw new SupportError('malformed-pcap', `link type ${link} is not Ethernet`);
  const frames: CapturedFrame[] = [];
  let at = FILE_HEADER;
  while (at + RECORD_HEADER <= file.length) {
    const captured = u32(at + 8);
    const original = u32(at + 12);
    if (captured !== original) throw new SupportError('malformed-pcap', `${original} bytes were cut to ${captured}`);
    const end = at + RECORD_HEADER + captured;
    if (end > file.length) break;
    const atMicros = u32(at) * 1_000_000 + Math.floor(u32(at + 4) / perMicro);
    frames.push({ atMicros, bytes: file.subarray(at + RECORD_HEADER, end) });
    at = end;
  }
  return frames;
}
