import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { OvsdbError } from './ovsdb-error.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/**
 * Cuts a stream of bytes into the JSON objects that follow one another in it (RFC 7047 section 4: JSON-RPC 1.0 directly
 * on a stream, without frames). Each byte is looked at once, however the stream is chunked. Bytes of the structure
 * are ASCII and never occur inside a longer UTF-8 sequence, so text is decoded only when an object is complete.
 */
export class JsonStream {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #parts: Uint8Array[] = [];
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
   * @throws OvsdbError `protocol` for what is not a sequence of JSON objects in UTF-8, or an object past `maxBytes`;
   *   the stream has lost its place then and must not be used further.
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
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#depth -= 1;
    return this.#depth === 0;
  }

  #keep(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > this.#maxBytes) {
      throw new OvsdbError('protocol', `received a message of more than ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
  }

  #complete(last: Uint8Array): JsonObject {
    this.#keep(last);
    const bytes = this.#parts.length === 1 ? last : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
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
