import { randomUUID } from 'node:crypto';
import type { PortInventory } from '../contract/agent-report.ts';
import { type BackoffRange, backoffMs } from './backoff.ts';
import { type BrokerOptions, BusClient, type ClientTiming, type OutgoingCast } from './bus-client.ts';
import { inventoryCast, syncCast } from './casts.ts';
import { type AgentEvent, decodeTapEvent } from './decode-tap-event.ts';
import { type Delivery, receiver } from './incoming.ts';
import { reasonOf } from './reason-of.ts';
import { sleep } from './sleep.ts';
import { tidyInventory } from './tidy-inventory.ts';
import { agentTopology, INVENTORY_TOPIC, PLUGIN_TOPIC } from './topology.ts';

/** Milliseconds. */
export interface BusTiming extends ClientTiming {
  /** Between casts of sync_tap_resources that nobody takes: the plugin may start long after us. */
  readonly sync: BackoffRange;
}

const DEFAULT_SYNC: BackoffRange = { minMs: 1_000, maxMs: 60_000 };

/** Neutron's largest messages are some 10 kB. */
const MAX_BYTES = 1_048_576;

/** What agents understand. */
export const tapEvents = { maxBytes: MAX_BYTES, decode: decodeTapEvent };

export interface BusOptions extends BrokerOptions {
  /** Our host, as Neutron names it. */
  readonly host: string;
  /**
   * Resolves when the event is safe (on disk); only then is it acked. It is called for the next event before it resolved
   * for the last. When it rejects, this event and all behind it are handed out again, in order: taking an event twice
   * must do no harm.
   */
  readonly onEvent: (delivery: Delivery<AgentEvent>) => Promise<void>;
  /** Told each time that a session with a broker consumes and takes casts. */
  readonly onConnected?: () => void;
  /** Told when the broker takes casts again after it took none for a while: what timed out may go now. */
  readonly onUnblocked?: () => void;
  readonly timing?: Partial<BusTiming>;
}

/** The AMQP side of an agent: takes tap events from the control plane, be it Neutron's TaaS plugin or ours, and casts to it. */
export class Bus {
  readonly #options: BusOptions;
  readonly #client: BusClient;

  /** @throws BusError bad_url */
  constructor(options: BusOptions) {
    const { exchange, host, onEvent, onConnected, onUnblocked, timing } = options;
    const role = {
      connectionName: `taas-agent ${host}`,
      topology: agentTopology(exchange, host),
      receive: receiver(tapEvents, onEvent),
      serve: (over: AbortSignal) => {
        onConnected?.();
        return this.#castSync(over);
      },
      onUnblocked: () => onUnblocked?.(),
    };
    this.#options = options;
    this.#client = new BusClient(options, role, timing);
  }

  /**
   * Begins to connect and returns: the first connection may take hours. Each connection asks for a sync once it consumes.
   * @throws BusError stopped
   */
  start(): void {
    this.#client.start();
  }

  /** Stops consuming, waits for events in the works and closes. What was not taken stays with the broker. Never rejects. */
  stop(): Promise<void> {
    return this.#client.stop();
  }

  /** Whether there is a session with a broker, which consumes and takes casts. */
  get connected(): boolean {
    return this.#client.connected;
  }

  /**
   * Casts to the TaaS plugin; resolves when the broker has the message in the plugin's queue.
   * @throws BusError disconnected, unroutable, nacked or timeout
   */
  cast(method: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#cast(PLUGIN_TOPIC, { method, args });
  }

  /**
   * Casts the ports of this host to a control plane that keeps an inventory, without what of them cannot be used.
   * @throws BusError disconnected, nacked, timeout, or unroutable: none does, as under Neutron
   */
  castInventory(inventory: PortInventory): Promise<void> {
    const { inventory: usable, remark } = tidyInventory(inventory);
    if (remark !== undefined) this.#options.trace({ kind: 'inventory_trimmed', reason: remark });
    return this.#cast(INVENTORY_TOPIC, inventoryCast(usable));
  }

  #cast(routingKey: string, { method, args }: Pick<OutgoingCast, 'method' | 'args'>): Promise<void> {
    const ids = { uniqueId: randomUUID().replaceAll('-', ''), requestId: `req-${randomUUID()}` };
    const { exchange } = this.#options;
    return this.#client.cast({ exchange, routingKey, mandatory: true, method, args, ...ids });
  }

  async #castSync(over: AbortSignal): Promise<void> {
    const { trace, host, timing } = this.#options;
    const { method, args } = syncCast(host);
    for (let attempt = 1; !over.aborted; attempt += 1) {
      try {
        await this.cast(method, args);
        trace({ kind: 'sync_cast' });
        return;
      } catch (error) {
        if (over.aborted) return;
        const retryInMs = backoffMs(attempt, timing?.sync ?? DEFAULT_SYNC, Math.random());
        trace({ kind: 'sync_failed', reason: reasonOf(error), retryInMs });
        await sleep(retryInMs, over);
      }
    }
  }
}
