import { crc32 } from 'node:zlib';

/**
 * A record in the file: a head of 22 bytes (marker 4, sequence number 6, length of the payload 4, CRC-32 of the payload
 * 4, CRC-32 of the head so far 4; big-endian), then the payload. The head's own checksum tells a record that is not all
 * there from one whose length is wrong.
 */
export interface Frame {
  readonly sequence: number;
  readonly payload: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

export interface Head {
  readonly sequence: number;
  /** CRC-32 of the payload. */
  readonly checksum: number;
  /** Where the payload ends, which may be behind the end of the file. */
  readonly end: number;
}

/** Its first byte is in no UTF-8 text (RFC 3629), so that no payload holds what looks like a head. */
const MARKER = Buffer.from([0xf5, 0x54, 0x41, 0x50]);
const AT = { sequence: 4, length: 10, checksum: 14, headChecksum: 18 } as const;
const HEAD_BYTES = 22;

/** `payload` is UTF-8. */
export function encodeFrame(sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  MARKER.copy(head);
  head.writeUIntBE(sequence, AT.sequence, 6);
  head.writeUInt32BE(payload.length, AT.length);
  head.writeUInt32BE(crc32(payload), AT.checksum);
  head.writeUInt32BE(crc32(head.subarray(0, AT.headChecksum)), AT.headChecksum);
  return Buffer.concat([head, payload]);
}

/** Undefined where no whole head is. */
export function readHead(bytes: Buffer, at: number): Head | undefined {
  const head = bytes.subarray(at, at + HEAD_BYTES);
  if (head.length < HEAD_BYTES || !head.subarray(0, MARKER.length).equals(MARKER)) return undefined;
  if (crc32(head.subarray(0, AT.headChecksum)) !== head.readUInt32BE(AT.headChecksum)) return undefined;
  return {
    sequence: head.readUIntBE(AT.sequence, 6),
    checksum: head.readUInt32BE(AT.checksum),
    end: at + HEAD_BYTES + head.readUInt32BE(AT.length),
  };
}

/** Undefined where no whole frame is. */
export function readFrame(bytes: Buffer, at: number): Frame | undefined {
  const head = readHead(bytes, at);
  if (!head || head.end > bytes.length) return undefined;
  const payload = bytes.subarray(at + HEAD_BYTES, head.end);
  return crc32(payload) === head.checksum ? { sequence: head.sequence, payload, end: head.end } : undefined;
}

/** Where the first whole head of a record later than `sequence` is, looked for from `from` on. */
export function findHead(bytes: Buffer, from: number, sequence: number): number | undefined {
  for (let at = bytes.indexOf(MARKER, from); at >= 0; at = bytes.indexOf(MARKER, at + 1)) {
    if ((readHead(bytes, at)?.sequence ?? 0) > sequence) return at;
  }
  return undefined;
}
