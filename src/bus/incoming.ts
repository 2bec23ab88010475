import { decodeBody, type Language, type Origin } from './decode-body.ts';

/** A good event on its way to whoever keeps it. */
export interface Delivery<Event> {
  readonly event: Event;
  readonly requestId: string | undefined;
  readonly uniqueId: string | undefined;
}

/** A decoded message, whatever its kind of event: the inbox need not know it to keep the order. */
export interface Incoming {
  readonly origin: Origin;
  readonly outcome: /** `take` hands the event out, and resolves when it is safe; it may be called again when it has rejected. */
    | { readonly kind: 'event'; readonly take: () => Promise<void>; readonly remark: string | undefined }
    | { readonly kind: 'ignored' | 'rejected'; readonly reason: string };
}

/** Makes what an inbox needs of a language and of whoever takes its events. */
export function receiver<Event>(
  language: Language<Event>,
  onEvent: (delivery: Delivery<Event>) => Promise<void>,
): (body: Buffer) => Incoming {
  return (body) => {
    const { origin, outcome } = decodeBody(body, language);
    if (outcome.kind !== 'event') return { origin, outcome };
    const { requestId, uniqueId } = origin;
    const { event, remark } = outcome;
    return { origin, outcome: { kind: 'event', take: () => onEvent({ event, requestId, uniqueId }), remark } };
  };
}
