import type { DesiredState, HeldTapFlow, HeldTapService } from '../tap/desired-state.ts';
import { stateDelta, type TapsDelta } from '../tap/state-delta.ts';
import type { BridgeFact } from './host-facts.ts';

/** What decides which taps a host's switch has anything to do with. */
export interface HostView {
  /** This host, as events name it. */
  readonly host: string;
  readonly integration: BridgeFact;
  /** Tunnel keys that flows of others use: see tunnel-keys.ts. */
  readonly foreignKeys: ReadonlySet<number>;
}

/** What came, what went, and what was replaced by what. */
function changed<HeldTap extends HeldTapFlow | HeldTapService>(
  delta: TapsDelta<HeldTap> | undefined,
  before: ReadonlyMap<string, HeldTap>,
): readonly HeldTap[] {
  if (!delta) return [];
  const ids = [...delta.removed, ...delta.set.map(({ tap }) => tap.id)];
  return [...ids.flatMap((id) => before.get(id) ?? []), ...delta.set];
}

/**
 * Whether a change of the taps can change anything on a host's switch, or what the host has to report: most taps of a fleet
 * are those of other hosts. As long as the host's facts are the same, `compile` wants the same where this is false.
 */
export function concernsHost(
  before: DesiredState,
  after: DesiredState,
  { host, integration, foreignKeys }: HostView,
): boolean {
  const { tapServices, tapFlows, departing, reports } = stateDelta(before, after);
  if (departing || reports) return true;
  const portIds = new Set(integration.ports.map(({ portId }) => portId));
  const isFlowHere = ({ tap, host: named }: HeldTapFlow) => named === host || portIds.has(tap.sourcePortId);
  const isServiceHere = ({ tap, host: named }: HeldTapService) =>
    named === host || portIds.has(tap.portId) || foreignKeys.has(tap.taasId);
  if (changed(tapFlows, before.tapFlows).some(isFlowHere)) return true;
  const services = changed(tapServices, before.tapServices);
  if (services.length === 0) return false;
  if (services.some(isServiceHere)) return true;
  // Flows that are here may go to a service on another host.
  const ids = new Set(services.map(({ tap }) => tap.id));
  return [...after.tapFlows.values()].some((flow) => ids.has(flow.tap.tapServiceId) && isFlowHere(flow));
}
