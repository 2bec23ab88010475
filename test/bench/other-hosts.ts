import { randomUUID } from 'node:crypto';
import { createFlow, createService, deleteFlow, deleteService, newFlow, type TapServiceSpec } from './tap-casts.ts';

/** Tap flows of one tap service, and tap services of one host. */
const FLOWS_OF_SERVICE = 50;
const SERVICES_OF_HOST = 5;
/** Above the numbers of the host's own tap services. */
const FIRST_TAAS_ID = 1000;

const anyPort = (index: number) => ({
  portId: randomUUID(),
  mac: `fa:16:3f:${[index >> 16, (index >> 8) & 0xff, index & 0xff].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
});

/** So many tap flows whose ports are all on other hosts, and their tap services: what every agent of a fleet hears of. */
export function otherHosts(flows: number): {
  readonly creates: readonly Buffer[];
  readonly deletes: readonly Buffer[];
} {
  const services = Array.from(
    { length: Math.ceil(flows / FLOWS_OF_SERVICE) },
    (_, index): TapServiceSpec => ({
      id: randomUUID(),
      taasId: FIRST_TAAS_ID + index,
      port: anyPort(index),
      host: `other-${Math.floor(index / SERVICES_OF_HOST)}`,
    }),
  );
  const tapFlows = Array.from({ length: flows }, (_, index) => {
    const service = services[Math.floor(index / FLOWS_OF_SERVICE)];
    if (!service) throw new RangeError('a tap flow needs a tap service');
    return newFlow(service, anyPort(index));
  });
  return {
    creates: [...services.map(createService), ...tapFlows.map(createFlow)].map(({ body }) => body),
    deletes: [...tapFlows.map(deleteFlow), ...services.map(deleteService)].map(({ body }) => body),
  };
}
