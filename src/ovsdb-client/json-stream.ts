import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { OvsdbError } from './ovsdb-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** What an ovsdb-server sends is some 15 deep; reading what is nested without end would take any amount of memory. */
const MAX_DEPTH = 200;
const FIRST_ROOM = 65_536;

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/**
 * Cuts a stream of bytes into the JSON objects that follow one another in it (RFC 7047 section 4: JSON-RPC 1.0 directly
 * on a stream, without frames). Each byte is looked at once, however the stream is chunked. Bytes of the structure
 * are ASCII and never occur inside a longer UTF-8 sequence, so text is decoded only when an object is complete. What waits
 * for its rest takes at most twice `maxBytes`, however small the pieces that it comes in.
 */
export class JsonStream {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** The beginning of an object whose end is still to come: the first `size` bytes. */
  #room = new Uint8Array();
  #size = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param maxBytes the longest object accepted, in bytes */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the next bytes and answers the objects that they complete, none if there is more to come.
   * @throws OvsdbError `protocol` for what is not a sequence of JSON objects in UTF-8, or an object past `maxBytes` or
   *   nested too deep; the stream has lost its place then and must not be used further.
   */
  push(chunk: Uint8Array): readonly JsonObject[] {
    const messages: JsonObject[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#depth === 0) {
        if (isSpace(byte)) continue;
        if (byte !== OPEN_OBJECT) throw new OvsdbError('protocol', 'received something else than a JSON object');
        start = at;
      }
      if (this.#step(byte)) messages.push(this.#complete(chunk.subarray(start, at + 1)));
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
    return messages;
  }

  /** Follows the structure by one byte and answers whether an object ends with it. */
  #step(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#descend();
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#depth -= 1;
    return this.#depth === 0;
  }

  #descend(): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) {
      throw new OvsdbError('protocol', `received a message nested deeper than ${MAX_DEPTH} levels`);
    }
  }

  #keep(part: Uint8Array): void {
    const size = this.#size + part.length;
    this.#requireAtMost(size);
    if (size > this.#room.length) this.#grow(size);
    this.#room.set(part, this.#size);
    this.#size = size;
  }

  /** Doubles it, so that each byte is copied a few times at most. */
  #grow(size: number): void {
    const grown = new Uint8Array(Math.max(size, 2 * this.#room.length, FIRST_ROOM));
    grown.set(this.#room.subarray(0, this.#size));
    this.#room = grown;
  }

  #requireAtMost(size: number): void {
    if (size > this.#maxBytes) {
      throw new OvsdbError('protocol', `received a message of more than ${this.#maxBytes} bytes`);
    }
  }

  /** All bytes of an object; most come in one piece. */
  #whole(last: Uint8Array): Uint8Array {
    this.#requireAtMost(this.#size + last.length);
    if (this.#size === 0) return last;
    this.#keep(last);
    const whole = this.#room.subarray(0, this.#size);
    this.#room = new Uint8Array();
    this.#size = 0;
    return whole;
  }

  #complete(last: Uint8Array): JsonObject {
    const bytes = this.#whole(last);
    let value: Json;
    try {
      value = JSON.parse(this.#decoder.decode(bytes)) as Json;
    } catch (cause) {
      throw new OvsdbError('protocol', 'received malformed JSON', { cause });
    }
    if (!isJsonObject(value)) throw new OvsdbError('protocol', 'received something else than a JSON object');
    return value;
  }
}
