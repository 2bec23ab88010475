import { expect } from 'vitest';
import { addressOf, type Fleet, PORTS } from './fleet.ts';
import { ADMIN, flow, portId, reported, service, UNKNOWN } from './stage.ts';

/** Which of several is meant is a number, taken modulo how many there are. */
export interface Pick {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const projectOf = (number: number) => (number % 4 === 0 ? 'blue' : 'red');
const resourceOf = (number: number) => (number % 2 === 0 ? ('tap_service' as const) : ('tap_flow' as const));

/** A report of a host that never had the port: it must not count, unless it says that what is to go is gone. */
async function stray(fleet: Fleet, { a, b, c }: Pick): Promise<void> {
  const of = resourceOf(a);
  const id = c === 0 ? UNKNOWN : fleet.idOf(of, b);
  const status = (['ACTIVE', 'ERROR', 'INACTIVE', 'PENDING_DELETE'] as const)[c % 4] ?? 'ACTIVE';
  const before = [fleet.services, fleet.flows];
  await fleet.opened.desk.take({ kind: 'status', of, id, status, host: 'ghost' });
  const leaving = before.flat().some((row) => row.id === id && row.status === 'PENDING_DELETE');
  if (!leaving) expect([fleet.services, fleet.flows]).toEqual(before);
}

/** All that can happen to a fleet. */
export const happenings = {
  createService: (fleet: Fleet, { a, b }: Pick) => {
    const wanted = service(a % PORTS, { project_id: projectOf(b) });
    fleet.request(() => fleet.opened.controlPlane.create(ADMIN, 'tap_service', [wanted]));
  },
  createFlow: (fleet: Fleet, { a, b }: Pick) => {
    const at = fleet.services[a % Math.max(1, fleet.services.length)];
    const wanted = flow(at?.id ?? UNKNOWN, b % PORTS, { project_id: at?.project_id ?? 'red' });
    fleet.request(() => fleet.opened.controlPlane.create(ADMIN, 'tap_flow', [wanted]));
  },
  /** The second half of it is refused. */
  createInVain: (fleet: Fleet, { a }: Pick) => {
    const wanted = [service(a % PORTS), service(99)];
    fleet.request(() => fleet.opened.controlPlane.create(ADMIN, 'tap_service', wanted));
  },
  remove: (fleet: Fleet, { a, b }: Pick) => {
    const resource = resourceOf(a);
    fleet.request(() => fleet.opened.controlPlane.delete(ADMIN, resource, fleet.idOf(resource, b)));
  },
  assignPort: (fleet: Fleet, { a, b }: Pick) => {
    const projectId = b % 3 === 0 ? null : projectOf(b);
    fleet.request(() => fleet.opened.controlPlane.assignPort(ADMIN, portId(a % PORTS), projectId));
  },
  plug: (fleet: Fleet, { a, b, c }: Pick) => {
    const mac = `fa:16:3e:00:00:0${c % 2}`;
    fleet.agent(a).put(reported(b % PORTS, { projectId: projectOf(c + 1), mac }));
  },
  unplug: (fleet: Fleet, { a, b }: Pick) => fleet.agent(a).put(reported(b % PORTS, { plugged: false })),
  leave: (fleet: Fleet, { a, b }: Pick) => fleet.agent(a).remove(portId(b % PORTS)),
  takeCasts: (fleet: Fleet, { a, b }: Pick) => {
    for (let count = 0; count <= b % 8; count += 1) fleet.agent(a).takeCast();
  },
  confirm: (fleet: Fleet, { a }: Pick) => fleet.agent(a).confirm(),
  giveUp: (fleet: Fleet, { a }: Pick) => fleet.agent(a).giveUpWaiting(),
  report: (fleet: Fleet, { a, b, c }: Pick) => fleet.deliver(fleet.agent(a), 'reports', 1 + (b % 4), c % 3 === 0),
  tellPorts: (fleet: Fleet, { a, b, c }: Pick) =>
    fleet.deliver(fleet.agent(a), 'inventories', 1 + (b % 3), c % 3 === 0),
  stray,
  /** With other settings: an address is another one, or none. */
  readdress: (fleet: Fleet, { a, b, c }: Pick) => {
    const agent = fleet.agent(a);
    agent.address = b % 3 === 0 ? null : addressOf(10 + b);
    agent.restart(c % 4 === 0);
  },
  restart: (fleet: Fleet, { a, b }: Pick) => fleet.agent(a).restart(b % 2 === 0),
  brokerLeaves: (fleet: Fleet, { a }: Pick) => {
    fleet.breaksAfter = a % 4;
  },
  brokerComes: (fleet: Fleet) => {
    fleet.breaksAfter = undefined;
  },
  calmDown: (fleet: Fleet) => fleet.calmDown(),
  requestPorts: (fleet: Fleet) => fleet.opened.requestPorts(),
  sendCasts: (fleet: Fleet) => fleet.sendCasts(),
} as const satisfies Readonly<Record<string, (fleet: Fleet, pick: Pick) => unknown>>;
