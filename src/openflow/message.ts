import { ByteWriter } from './bytes.ts';
import { OpenflowError } from './openflow-error.ts';

/** OpenFlow 1.4, as it stands in every header. */
export const VERSION = 5;

/** Types of messages: OpenFlow 1.4 section 7.1. */
export const TYPE = {
  hello: 0,
  error: 1,
  echoRequest: 2,
  echoReply: 3,
  featuresRequest: 5,
  featuresReply: 6,
  portStatus: 12,
  packetOut: 13,
  flowMod: 14,
  multipartRequest: 18,
  multipartReply: 19,
  barrierRequest: 20,
  barrierReply: 21,
  bundleControl: 33,
  bundleAdd: 34,
} as const;

export const HEADER_BYTES = 8;

/** A message without its header. `xid` ties replies and errors to what they answer. */
export interface Message {
  readonly version: number;
  readonly type: number;
  readonly xid: number;
  readonly body: Uint8Array;
}

/** A message of ours, complete. */
export function encodeMessage(type: number, xid: number, put?: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(type).u16(0).u32(xid);
  put?.(writer);
  return writer.setLength(2, writer.size).bytes();
}

/** A request whose answer comes in any number of parts: OpenFlow 1.4 section 7.3.5. */
export function encodeMultipart(kind: number, xid: number, put: (writer: ByteWriter) => void): Uint8Array {
  return encodeMessage(TYPE.multipartRequest, xid, (writer) => put(writer.u16(kind).u16(0).zeros(4)));
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** Hello and error tell of the versions that a switch speaks, and so come in any. */
const isOfAnyVersion = (type: number) => type === TYPE.hello || type === TYPE.error;

/**
 * Cuts a stream of bytes into messages, however it is chunked. What waits for its rest is less than one message, which has
 * at most 65,535 bytes.
 */
export class MessageStream {
  #rest: Uint8Array = new Uint8Array();

  /**
   * Takes the next bytes and answers the messages that they complete.
   * @throws OpenflowError `protocol` for what cannot be OpenFlow 1.4; the stream has lost its place then
   */
  push(chunk: Uint8Array): readonly Message[] {
    const bytes = join(this.#rest, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const messages: Message[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const [version, type, length] = [view.getUint8(at), view.getUint8(at + 1), view.getUint16(at + 2)];
      if (length < HEADER_BYTES || (version !== VERSION && !isOfAnyVersion(type))) {
        throw new OpenflowError(
          'protocol',
          `this is not OpenFlow 1.4: version ${version}, type ${type}, ${length} bytes`,
        );
      }
      if (bytes.length - at < length) break;
      messages.push({
        version,
        type,
        xid: view.getUint32(at + 4),
        body: bytes.subarray(at + HEADER_BYTES, at + length),
      });
      at += length;
    }
    this.#rest = bytes.slice(at);
    return messages;
  }
}
