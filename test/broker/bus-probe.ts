import { Bus, type BusOptions } from '../../src/bus/bus.ts';
import type { AgentEvent } from '../../src/bus/decode-tap-event.ts';
import type { Delivery } from '../../src/bus/incoming.ts';
import { enveloped, type Loose, rpcMessage } from '../bus/neutron-rpc.ts';
import { RecordedTraces } from './recorded-traces.ts';

export type ProbeOptions = Pick<BusOptions, 'urls' | 'host' | 'timing' | 'tls'> & Partial<Pick<BusOptions, 'exchange'>>;

/** A real bus that records what it is given and what it tells. */
export class BusProbe extends RecordedTraces {
  readonly bus: Bus;
  readonly events: Delivery<AgentEvent>[] = [];
  /** How often it was told that the broker takes casts again. */
  unblocked = 0;
  /** Decides what becomes of an event; by default it is taken at once. */
  onEvent: (delivery: Delivery<AgentEvent>) => Promise<void> = async () => undefined;

  constructor({ timing, ...options }: ProbeOptions) {
    super();
    this.bus = new Bus({
      exchange: 'neutron',
      ...options,
      timing: { reconnect: { minMs: 50, maxMs: 500 }, sync: { minMs: 50, maxMs: 200 }, retryMs: 50, ...timing },
      onEvent: (delivery) => {
        this.events.push(delivery);
        return this.onEvent(delivery);
      },
      onUnblocked: () => {
        this.unblocked += 1;
      },
      trace: (event) => this.traces.push(event),
    });
  }

  async taken(count: number): Promise<void> {
    await this.until(`${count} events`, () => this.events.length >= count);
  }

  async startConsuming(): Promise<void> {
    this.bus.start();
    await this.traced('consuming');
  }

  /** The ids of the taps, in the order the events were handed out; for an event of no single tap its kind. */
  ids(): string[] {
    return this.events.map(({ event }) => {
      if ('tapFlow' in event) return event.tapFlow.id;
      if ('tapService' in event) return event.tapService.id;
      return 'id' in event ? event.id : event.kind;
    });
  }
}

/** A UUID of a small number. */
export function uuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** The body of a good create_tap_flow with that id; `change` may spoil it. */
export function tapFlow(number: number, change: (message: Loose) => void = () => undefined): string {
  const message = rpcMessage('create_tap_flow');
  message.args.tap_flow_msg.tap_flow.id = uuid(number);
  message._unique_id = `unique-${number}`;
  change(message);
  return enveloped(message);
}
