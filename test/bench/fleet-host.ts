import { randomUUID } from 'node:crypto';
import { always } from '../support/always.ts';
import { type BenchAgent, prepareBenchAgent } from './bench-agent.ts';
import { type BenchSwitch, PORTS_OF_NETWORK, startBenchSwitch } from './bench-switch.ts';
import { type Place, SERVICES_OF_HOST, taasIdOf } from './fleet-taps.ts';
import type { TapPort } from './tap-casts.ts';

/** A host of the fleet, with a switch of its own; its agent is prepared, not started. */
export interface FleetHost extends Place {
  readonly on: BenchSwitch;
  readonly agent: BenchAgent;
  /** Ports that no tap of the fleet's has, for those that are made one by one. */
  readonly free: readonly TapPort[];
  remove(): Promise<void>;
}

/** A host has two networks, whose ports are tapped but for so many. */
const FREE = 4;
const SOURCES = 2 * PORTS_OF_NETWORK;
export const PORTS_OF_HOST = SERVICES_OF_HOST + SOURCES;

/** Private addresses, which nothing on this machine answers for: there is no network between the hosts. */
const addressOf = (index: number) => `172.30.${index >> 8}.${index & 0xff}`;
const nameOf = (index: number) => `host-${index + 1}`;

/** Tunnels of our own make, with every host's address known to each: what a fleet without OpenStack has. */
function tunnelSettings(index: number, hosts: number): Readonly<Record<string, unknown>> {
  const peers = Array.from({ length: hosts }, (_, at) => `${nameOf(at)}=${addressOf(at)}`);
  return { tunnel: { mode: 'own', type: 'vxlan', local_ip: addressOf(index), peers } };
}

function tapServicesOf(index: number, ports: readonly TapPort[]): Place['services'] {
  return ports.map((port, at) => ({ id: randomUUID(), taasId: taasIdOf(index, at), port, host: nameOf(index) }));
}

/** The n-th host, from 0 on, of so many. */
export async function addFleetHost(index: number, hosts: number, brokerUrl: string): Promise<FleetHost> {
  const on = await startBenchSwitch(PORTS_OF_HOST);
  try {
    const host = nameOf(index);
    const settings = tunnelSettings(index, hosts);
    const agent = await prepareBenchAgent({ on: on.on, brokerUrl, host, settings });
    const remove = () =>
      always(
        () => agent.remove(),
        () => on.on.stop(),
      );
    const [sources, free] = [on.sources.slice(0, -FREE), on.sources.slice(-FREE)];
    return { host, on, agent, services: tapServicesOf(index, on.sensors), sources, free, remove };
  } catch (error) {
    await on.on.stop();
    throw error;
  }
}

/** One that is plugged nowhere. */
export const anyPort = (): TapPort => ({ portId: randomUUID(), mac: 'fa:16:3f:00:00:01' });

/** Hosts that are not there, from the n-th to the last of a larger fleet: agents know of taps on them, and no more. */
export function imaginaryPlaces(from: number, to: number): Place[] {
  const ports = (count: number) => Array.from({ length: count }, anyPort);
  return Array.from({ length: to - from }, (_, at) => ({
    host: nameOf(from + at),
    services: tapServicesOf(from + at, ports(SERVICES_OF_HOST)),
    sources: ports(SOURCES - FREE),
  }));
}
