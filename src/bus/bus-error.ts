/**
 * `bad_url`: not an amqp:// or amqps:// URL. `disconnected`: no broker, or it went before it confirmed. `unroutable`:
 * nobody listens at the routing key. `nacked`: the broker refused the message. `timeout`: no confirm in time, the message
 * may or may not arrive. `stopped`: the bus was stopped.
 */
export type BusErrorCode = 'bad_url' | 'disconnected' | 'unroutable' | 'nacked' | 'timeout' | 'stopped';

/** Any failure of the bus that its caller has to deal with. */
export class BusError extends Error {
  override readonly name = 'BusError';
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
