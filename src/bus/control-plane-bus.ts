import type { AgentReport } from '../contract/agent-report.ts';
import type { AgentCast } from '../contract/cast.ts';
import { type BrokerOptions, BusClient, type ClientTiming } from './bus-client.ts';
import { decodeAgentReport } from './decode-agent-report.ts';
import { receiver } from './incoming.ts';
import { agentKey, controlPlaneTopology, FANOUT_EXCHANGE } from './topology.ts';

/**
 * An inventory of 2,000 ports has some 0.6 MB; with four texts each as long as we let them be, and every character escaped
 * twice, 8.5 MB. This is also all that RabbitMQ 4 takes (max_message_size).
 */
const MAX_BYTES = 16_777_216;

/** What the control plane understands. */
export const agentReports = { maxBytes: MAX_BYTES, decode: decodeAgentReport };

/** Casts that wait for the broker's confirm at one time: enough to keep it busy, few enough to be held in memory. */
const WINDOW = 2_048;

export interface ControlPlaneBusOptions extends BrokerOptions {
  /** For the broker's own listings. */
  readonly name: string;
  /**
   * Resolves when the report is committed; only then is it acked. It is called for the next report before it resolved for
   * the last. When it rejects, this report and all behind it are handed out again, in order: taking a report twice must
   * do no harm.
   */
  readonly onReport: (report: AgentReport) => Promise<void>;
  /** Told each time that a session with a broker takes casts. Its first reports may come before. */
  readonly onConnected: () => void;
  /** Told when the broker takes casts again after it took none for a while: what timed out may go now. */
  readonly onUnblocked?: () => void;
  readonly timing?: Partial<ClientTiming>;
}

/** The AMQP side of a control plane: takes what agents report, casts to them, and stays connected. */
export class ControlPlaneBus {
  readonly #exchange: string;
  readonly #client: BusClient;
  #sending: Promise<void> = Promise.resolve();

  /** @throws BusError bad_url */
  constructor(options: ControlPlaneBusOptions) {
    const { name, exchange, onReport, onConnected, onUnblocked, timing } = options;
    const role = {
      connectionName: name,
      topology: controlPlaneTopology(exchange),
      receive: receiver(agentReports, ({ event }) => onReport(event)),
      serve: async () => onConnected(),
      onUnblocked: () => onUnblocked?.(),
    };
    this.#exchange = exchange;
    this.#client = new BusClient(options, role, timing);
  }

  /**
   * Begins to connect and returns: the first connection may take hours.
   * @throws BusError stopped
   */
  start(): void {
    this.#client.start();
  }

  /** Stops consuming, waits for reports in the works and closes. What was not taken stays with the broker. Never rejects. */
  stop(): Promise<void> {
    return this.#client.stop();
  }

  /** Whether there is a session with a broker, which consumes and takes casts. */
  get connected(): boolean {
    return this.#client.connected;
  }

  /**
   * Sends casts in order, after those of former calls; resolves when the broker has them all. A host without an agent is
   * no error: one that comes asks for everything. When it rejects, any of them may have been sent: send all again, under
   * the same ids, by which agents know what they have.
   * @throws BusError disconnected, nacked or timeout
   */
  send(casts: readonly AgentCast[]): Promise<void> {
    const sent = this.#sending.then(() => this.#sendAll(casts));
    // Who called is told of a failure; who comes next only waits for the end.
    this.#sending = sent.catch(() => undefined);
    return sent;
  }

  async #sendAll(casts: readonly AgentCast[]): Promise<void> {
    for (let first = 0; first < casts.length; first += WINDOW) {
      await Promise.all(casts.slice(first, first + WINDOW).map((cast) => this.#send(cast)));
    }
  }

  #send({ host, ...cast }: AgentCast): Promise<void> {
    const place =
      host === null
        ? { exchange: FANOUT_EXCHANGE, routingKey: '' }
        : { exchange: this.#exchange, routingKey: agentKey(host) };
    return this.#client.cast({ ...cast, ...place, mandatory: false });
  }
}
