import { decodeTapEvent } from '../../src/bus/decode-tap-event.ts';
import type { AgentReport, ReportedPort } from '../../src/contract/agent-report.ts';
import type { AgentCast } from '../../src/contract/cast.ts';
import { type DesiredState, emptyState, type Held } from '../../src/tap/desired-state.ts';
import type { TapEvent } from '../../src/tap/event.ts';
import { type Confirmed, type Failure, giveUp, reportsSent, settle } from '../../src/tap/settle.ts';
import { takeEvents } from '../../src/tap/take-events.ts';

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
  #state: DesiredState = emptyState;
  #seen = new Set<string>();

  constructor(host: string) {
    this.host = host;
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
    this.inventories.push({ kind: 'ports', host: this.host, tunnelAddress: null, ports: [...this.ports.values()] });
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

  /** The grace time of all that it cannot have is over. */
  giveUpWaiting(): void {
    const { tapServices, tapFlows } = this.#realised();
    const waiting = ([id, tap]: readonly [string, Held<unknown>]) =>
      tap.host === this.host && tap.reportDue && !tap.confirmed && !tapServices.has(id) && !tapFlows.has(id);
    const failures = (kind: Failure['kind'], taps: ReadonlyMap<string, Held<unknown>>) =>
      [...taps].filter(waiting).map(([id]) => ({ kind, id, reason: 'not plugged' }));
    const { tapServices: services, tapFlows: flows } = this.#state;
    this.#update(giveUp(this.#state, [...failures('tap_service', services), ...failures('tap_flow', flows)]));
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

  #realised(): Confirmed {
    const { tapServices, tapFlows } = this.#state;
    const services = [...tapServices].filter(([, { tap }]) => this.#plugged(tap.portId));
    const ids = new Set(services.map(([id]) => id));
    // Tunnels lead to every other host.
    const away = [...tapServices].filter(([, { host }]) => host !== null && host !== this.host);
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
