import { newFlow, type TapFlowSpec, type TapPort, type TapServiceSpec } from './tap-casts.ts';

/** Tap services of a host. Their numbers end at 4,094 (a VLAN id), so this many allow 1,023 hosts. */
export const SERVICES_OF_HOST = 4;

/** A host, as far as taps name it. */
export interface Place {
  readonly host: string;
  readonly services: readonly TapServiceSpec[];
  /** Ports to tap. */
  readonly sources: readonly TapPort[];
}

/** The `taas_id` of the tap services of the n-th host of a fleet, from 0 on: all differ. */
export function taasIdOf(host: number, service: number): number {
  return 1 + host * SERVICES_OF_HOST + service;
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new RangeError('a host needs tap services and sources');
  return found;
}

/**
 * So many tap flows, spread evenly over all hosts and the sources of each. The copies of every other one of a host stay
 * there, those of the rest go to the other hosts in turn.
 */
export function fleetTaps(places: readonly Place[], count: number): TapFlowSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const place = index % places.length;
    const number = Math.floor(index / places.length);
    const { host, sources } = at(places, place);
    const away = number % 2 === 0 ? 0 : 1 + ((number >> 1) % Math.max(1, places.length - 1));
    // The last term: a source that has its turn again has it with another tap service.
    const service = (number >> 1) + Math.floor(number / sources.length);
    return newFlow(at(at(places, place + away).services, service), at(sources, number), host);
  });
}

/** How many of these have source and sensor on different hosts. */
export function countAcross(flows: readonly TapFlowSpec[]): number {
  return flows.filter(({ host, service }) => host !== service.host).length;
}
