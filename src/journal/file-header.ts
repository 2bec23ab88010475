import { crc32 } from 'node:zlib';
import { JournalError } from './journal-error.ts';
import { newerVersion, wayOut } from './way-out.ts';

/** Names the file's kind, so that nobody's other file is taken for taps. */
const MAGIC = Buffer.from('taas-jnl');
const VERSION = 1;
const AT = { version: 8, base: 12, checksum: 18 } as const;

/** Magic 8 bytes, version 4, sequence number of the snapshot 6, CRC-32 of these 4; big-endian. So in every version. */
export const HEADER_BYTES = 22;

/** `base` is the sequence number of the last change that is in the file's snapshot. */
export function encodeHeader(base: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32BE(VERSION, AT.version);
  header.writeUIntBE(base, AT.base, 6);
  header.writeUInt32BE(crc32(header.subarray(0, AT.checksum)), AT.checksum);
  return header;
}

/**
 * Answers the `base`.
 * @throws JournalError with code not-ours, damaged or version
 */
export function readHeader(bytes: Buffer, path: string): number {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, bytes.length))) {
    const what = 'something else than the journal of taas-agent; move it away, or set another state_dir';
    throw new JournalError('not-ours', `${path} holds ${what}`);
  }
  const whole =
    bytes.length >= HEADER_BYTES && crc32(bytes.subarray(0, AT.checksum)) === bytes.readUInt32BE(AT.checksum);
  const version = whole ? bytes.readUInt32BE(AT.version) : 0;
  if (version === 0) {
    throw new JournalError('damaged', `${path} is damaged: its header is not whole; ${wayOut(path)}`);
  }
  if (version !== VERSION) {
    throw new JournalError('version', newerVersion(path, version, VERSION));
  }
  return bytes.readUIntBE(AT.base, 6);
}
