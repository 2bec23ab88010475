import type { FlowTable } from '../openflow/flow-key.ts';
import type { DesiredState } from '../tap/desired-state.ts';
import { readCookie } from './cookie.ts';
import { guardedKey } from './tunnel-keys.ts';

/** A service that is not held any more; its id is not known (null) where only flows on the switch tell of it. */
interface Former {
  readonly id: string | null;
  readonly taasId: number;
}

/**
 * Services that this host has given up, by number, while tap flows that send to them are held: other hosts, whom nobody
 * tells, go on sending.
 */
export type AbandonedServices = ReadonlyMap<number, Former>;

export const noneAbandoned: AbandonedServices = new Map();

/** Services that are kept out of networks now, by the flows of br-tun: what is left of an earlier run's knowledge. */
export function guardedServices(tunnel: FlowTable): AbandonedServices {
  const guarded = new Map<number, Former>();
  for (const flow of tunnel.values()) {
    const read = readCookie(flow.cookie);
    const taasId = read?.stage === 'receive' ? guardedKey(flow) : undefined;
    if (read && taasId !== undefined) guarded.set(read.value, { id: null, taasId });
  }
  return guarded;
}

/** Those of the services that were held, or had been abandoned, which are abandoned now. */
export function abandonedServices(
  { tapServices, tapFlows }: DesiredState,
  held: DesiredState['tapServices'],
  before: AbandonedServices,
): AbandonedServices {
  const missed = new Set<string>();
  for (const { tap } of tapFlows.values()) if (!tapServices.has(tap.tapServiceId)) missed.add(tap.tapServiceId);
  if (missed.size === 0) return noneAbandoned;
  const taken = new Set([...tapServices.values()].map(({ tap }) => tap.taasId));
  const known = [...held].map(([id, { number, tap }]) => [number, { id, taasId: tap.taasId }] as const);
  const isMissed = (id: string | null) => id === null || missed.has(id);
  return new Map([...before, ...known].filter(([, { id, taasId }]) => isMissed(id) && !taken.has(taasId)));
}
