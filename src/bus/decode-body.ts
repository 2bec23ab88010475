import { decodeTapEvent, type TapEventDecoded } from './decode-tap-event.ts';
import { decodeOslo, type OsloMessage } from './oslo-envelope.ts';

/** Neutron's largest messages are some 10 kB; past this a body is refused by its size alone, unparsed. */
export const MAX_BODY_BYTES = 1_048_576;

/** What a message says of itself, as far as it could be read. */
export type Origin = { readonly [Key in 'method' | 'requestId' | 'uniqueId' | 'call']: OsloMessage[Key] | undefined };

export interface BodyDecoded {
  readonly origin: Origin;
  readonly outcome: TapEventDecoded;
}

const UNKNOWN: Origin = { method: undefined, requestId: undefined, uniqueId: undefined, call: undefined };

/** Decodes the body of a delivery to agents. Never throws. */
export function decodeBody(body: Buffer): BodyDecoded {
  if (body.length > MAX_BODY_BYTES) {
    const reason = `body: expected at most ${MAX_BODY_BYTES} bytes, got ${body.length}`;
    return { origin: UNKNOWN, outcome: { kind: 'rejected', reason } };
  }
  const decoded = decodeOslo(body.toString('utf8'));
  if (decoded.kind === 'rejected') return { origin: UNKNOWN, outcome: decoded };
  const { method, requestId, uniqueId, call } = decoded.message;
  return { origin: { method, requestId, uniqueId, call }, outcome: decodeTapEvent(decoded.message) };
}
