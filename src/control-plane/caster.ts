import { randomUUID } from 'node:crypto';
import type { TapFlow } from '../contract/resources.ts';
import { flowMessage, type Message, serviceMessage } from './messages.ts';
import type { Outbox } from './outbox.ts';
import type { Lookup, ServiceRow } from './rows.ts';

/** Writes the casts that rows call for into the outbox, with the ports as they are now. */
export class Caster {
  readonly #lookup: Lookup;
  readonly #outbox: Outbox;

  constructor(lookup: Lookup, outbox: Outbox) {
    this.#lookup = lookup;
    this.#outbox = outbox;
  }

  put(message: Message, requestId: string): void {
    this.#outbox.put({ ...message, uniqueId: newUniqueId(), requestId });
  }

  putService(verb: 'create' | 'delete', row: ServiceRow, requestId: string): void {
    this.put(serviceMessage(verb, row, this.#lookup), requestId);
  }

  putFlow(verb: 'create' | 'delete', row: TapFlow, requestId: string): void {
    this.put(flowMessage(verb, row, this.#lookup), requestId);
  }
}

export function newUniqueId(): string {
  return randomUUID().replaceAll('-', '');
}

/** The id of work that no API request asked for. */
export function newRequestId(): string {
  return `req-${randomUUID()}`;
}
