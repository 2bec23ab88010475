import { OpenflowError } from './openflow-error.ts';

const FIRST_SIZE = 128;
const BYTE_BITS = 8n;

/** Puts numbers one after another, in network byte order, into an array that grows. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  u8(value: number): this {
    const at = this.#advance(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#advance(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u32(value: number): this {
    const at = this.#advance(4);
    this.#view.setUint32(at, value);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#advance(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  /** A number of so many bytes. */
  wide(value: bigint, length: number): this {
    const at = this.#advance(length);
    for (let index = length - 1, rest = value; index >= 0; index -= 1, rest >>= BYTE_BITS) {
      this.#bytes[at + index] = Number(rest & 0xffn);
    }
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  zeros(count: number): this {
    this.#advance(count);
    return this;
  }

  /** Zeros up to a multiple of eight bytes, counted from `start`. */
  padFrom(start: number): this {
    return this.zeros(-(this.#size - start) & 7);
  }

  /** Overwrites what was put at `at`: for lengths, which are known last. @throws OpenflowError `syntax` past 16 bits */
  setLength(at: number, length: number): this {
    if (length > 0xffff) throw new OpenflowError('syntax', `a flow of ${length} bytes is too long for OpenFlow`);
    this.#view.setUint16(at, length);
    return this;
  }

  /** What was put so far. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  /** Makes room, which may put another array in place of the old one: so it is called before that is looked at. */
  #advance(length: number): number {
    const at = this.#size;
    this.#size += length;
    if (this.#size > this.#bytes.length) this.#grow();
    return at;
  }

  #grow(): void {
    const grown = new Uint8Array(Math.max(this.#size, this.#bytes.length * 2));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Takes numbers one after another, in network byte order. Throws OpenflowError `protocol` where the bytes end too soon. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  /** A number of so many bytes. */
  wide(length: number): bigint {
    return this.raw(length).reduce((value, byte) => (value << BYTE_BITS) | BigInt(byte), 0n);
  }

  raw(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  skip(length: number): this {
    this.#advance(length);
    return this;
  }

  /** A reader of the next so many bytes, which this one passes over. */
  part(length: number): ByteReader {
    return new ByteReader(this.raw(length));
  }

  /** The next two bytes, which stay; undefined when there are none. */
  peekU16(offset = 0): number | undefined {
    return this.left < offset + 2 ? undefined : this.#view.getUint16(this.#at + offset);
  }

  #advance(length: number): number {
    const at = this.#at;
    if (length > this.left) throw new OpenflowError('protocol', 'a message of the switch ends too soon');
    this.#at += length;
    return at;
  }
}

/** `00ff10` */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The inverse of toHex; undefined for what is no such text. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
