import { decodeTapEvent } from '../../src/bus/decode-tap-event.ts';
import type { AgentReport, ReportedPort } from '../../src/contract/agent-report.ts';
import type { AgentCast } from '../../src/contract/cast.ts';
import {
  type DesiredState,
  emptyState,
  type Held,
  type HeldTapFlow,
  type HeldTapService,
} from '../../src/tap/desired-state.ts';
import type { TapEvent } from '../../src/tap/event.ts';
import { type Confirmed, type Failure, giveUp, reportsSent, settle } from '../../src/tap/settle.ts';
import { takeEvents } from '../../src/tap/take-events.ts';

const isElsewhere = ({ host }: HeldTapService, here: string) => host !== null && host !== here;
const isTold = ({ tunnelAddress }: HeldTapService) => tunnelAddress !== null;

/**
 * An agent without its switch: what the real one thinks (its pure part), and a switch that does what it is told as long
 * as a port is plugged. Casts wait for it in a queue, and what it reports waits in another; both are moved by the test.
 */
export class SimulatedAgent {
  readonly host: string;
  readonly casts: AgentCast[] = [];
  readonly reports: AgentReport[] = [];
  readonly inventories: AgentReport[] = [];
  readonly ports = new Map<string, ReportedPort>();
  /** Where tunnels reach its host; null: nobody is told. */
  address: string | null;
  #state: DesiredState = emptyState;
  #seen = new Set<string>();

  constructor(host: string, address: string | null) {
    this.host = host;
    this.address = address;
  }

  /** Ids of the taps that it holds. */
  get held(): readonly string[] {
    return [...this.#state.tapServices.keys(), ...this.#state.tapFlows.keys()];
  }

  put(port: ReportedPort): void {
    this.ports.set(port.portId, port);
    this.tellPorts();
  }

  remove(portId: string): void {
    if (this.ports.delete(portId)) this.tellPorts();
  }

  tellPorts(): void {
    const { host, address: tunnelAddress, ports } = this;
    this.inventories.push({ kind: 'ports', host, tunnelAddress, ports: [...ports.values()] });
  }

  /** Takes the oldest cast. */
  takeCast(): void {
    const cast = this.casts.shift();
    if (!cast || this.#seen.has(cast.uniqueId)) return;
    this.#seen.add(cast.uniqueId);
    const decoded = decodeTapEvent(cast);
    if (decoded.kind !== 'event') throw new Error(`an agent does not understand ${JSON.stringify(cast)}`);
    if (decoded.event.kind === 'request_ports') this.tellPorts();
    else this.#update(takeEvents(this.#state, [decoded.event satisfies TapEvent], this.host).state);
  }

  /** The switch confirms all that it can have. */
  confirm(): void {
    this.#update(settle(this.#state, this.#realised()));
  }

  /** The grace time of all that it cannot have is over; what has no address to go to has none. */
  giveUpWaiting(): void {
    const { tapServices, tapFlows } = this.#realised();
    const waiting = ([id, tap]: readonly [string, Held<unknown>]) =>
      tap.host === this.host && tap.reportDue && !tap.confirmed && !tapServices.has(id) && !tapFlows.has(id);
    const refused = ([, { tap, host }]: readonly [string, HeldTapFlow]) =>
      host === this.host && this.#plugged(tap.sourcePortId) && this.#isUnreachable(tap.tapServiceId);
    const failed = (kind: Failure['kind'], taps: readonly (readonly [string, unknown])[]) =>
      taps.map(([id]) => ({ kind, id, reason: 'not plugged, or no address' }));
    const services = [...this.#state.tapServices].filter(waiting);
    const flows = [...this.#state.tapFlows].filter((flow) => waiting(flow) || refused(flow));
    this.#update(giveUp(this.#state, [...failed('tap_service', services), ...failed('tap_flow', flows)]));
  }

  /** Comes back after a crash, maybe with an empty disk, and asks for everything before it reports anything. */
  restart(diskLost: boolean): void {
    this.#seen = new Set();
    if (diskLost) this.#state = emptyState;
    if (diskLost) this.reports.length = 0;
    this.reports.unshift({ kind: 'sync', host: this.host });
    this.tellPorts();
  }

  #plugged(portId: string | undefined): boolean {
    return this.ports.get(portId ?? '')?.plugged === true;
  }

  /** It is on another host, and nobody has told where that is. */
  #isUnreachable(tapServiceId: string): boolean {
    const held = this.#state.tapServices.get(tapServiceId);
    return held !== undefined && !this.#plugged(held.tap.portId) && isElsewhere(held, this.host) && !isTold(held);
  }

  #realised(): Confirmed {
    const { tapServices, tapFlows } = this.#state;
    const services = [...tapServices].filter(([, { tap }]) => this.#plugged(tap.portId));
    const ids = new Set(services.map(([id]) => id));
    const away = [...tapServices].filter(([, held]) => isElsewhere(held, this.host) && isTold(held));
    const reached = new Set([...ids, ...away.map(([id]) => id)]);
    const flows = [...tapFlows].filter(
      ([, { tap }]) => this.#plugged(tap.sourcePortId) && reached.has(tap.tapServiceId),
    );
    return { tapServices: ids, tapFlows: new Set(flows.map(([id]) => id)) };
  }

  #update(state: DesiredState): void {
    for (const { kind, id, status } of state.reports) {
      this.reports.push({ kind: 'status', of: kind, id, status, host: this.host });
    }
    this.#state = reportsSent(state, new Set(state.reports));
  }
}
