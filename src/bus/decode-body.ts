import { decodeOslo, type OsloMessage } from './oslo-envelope.ts';

/** What a message says of itself, as far as it could be read. */
export type Origin = { readonly [Key in 'method' | 'requestId' | 'uniqueId' | 'call']: OsloMessage[Key] | undefined };

/** What one RPC message turned out to be. */
export type Decoded<Event> =
  /** `remark` tells, in one line, what of a good message could not be used and was passed over. */
  | { readonly kind: 'event'; readonly event: Event; readonly remark?: string }
  | { readonly kind: 'ignored' | 'rejected'; readonly reason: string };

export interface BodyDecoded<Event> {
  readonly origin: Origin;
  readonly outcome: Decoded<Event>;
}

/** The messages that one end of the RPC understands. */
export interface Language<Event> {
  /** Past this a body is refused by its size alone, unparsed. */
  readonly maxBytes: number;
  /** Never throws. */
  readonly decode: (message: Pick<OsloMessage, 'method' | 'args'>) => Decoded<Event>;
}

const UNKNOWN: Origin = { method: undefined, requestId: undefined, uniqueId: undefined, call: undefined };

/** Decodes the body of a delivery. Never throws. */
export function decodeBody<Event>(body: Buffer, { maxBytes, decode }: Language<Event>): BodyDecoded<Event> {
  if (body.length > maxBytes) {
    const reason = `body: expected at most ${maxBytes} bytes, got ${body.length}`;
    return { origin: UNKNOWN, outcome: { kind: 'rejected', reason } };
  }
  const decoded = decodeOslo(body.toString('utf8'));
  if (decoded.kind === 'rejected') return { origin: UNKNOWN, outcome: decoded };
  const { method, requestId, uniqueId, call } = decoded.message;
  return { origin: { method, requestId, uniqueId, call }, outcome: decode(decoded.message) };
}
