import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../src/contract/caller.ts';
import type { Creation } from '../../src/contract/resources.ts';
import { ADMIN, BLUE, flow, inventory, portId, RED, refusal, reported, Stage, service, UNKNOWN } from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = new Stage({ taasIds: { first: 3900, last: 3902 } });
  const ports = [reported(1), reported(2), reported(3), reported(7, { projectId: 'blue' })];
  await stage.take(inventory('host-1', ...ports));
});
afterEach(() => stage.close());

type Answer = readonly [status: number, type: string, message: unknown];

const noService = (id: string): Answer => [404, 'TapServiceNotFound', `Tap Service  ${id} does not exist`];
const noFlow = (id: string): Answer => [404, 'TapFlowNotFound', `Tap Flow  ${id} does not exist`];
const noPort = (port: number): Answer => [404, 'PortNotFound', `Port ${portId(port)} could not be found.`];
const notItsPort: Answer = [403, 'PortDoesNotBelongToTenant', 'The specified port does not belong to the tenant'];
const notItsService: Answer = [
  403,
  'TapServiceNotBelongToTenant',
  'Specified Tap Service does not belong to the tenant',
];
const noNumber: Answer = [409, 'TapServiceLimitReached', 'Reached the maximum quota for Tap Services'];
const loop = (port: number): Answer => [
  409,
  'TapFlowLoop',
  expect.stringContaining(`The copies of port ${portId(port)} would come back to it`),
];

const show = (caller: Caller, resource: 'tap_service' | 'tap_flow', id: string) => () =>
  stage.plane.show(caller, resource, id);
const rename = (caller: Caller, resource: 'tap_service' | 'tap_flow', id: string) => () =>
  stage.plane.update(caller, resource, id, { name: 'mine' });
const remove = (caller: Caller, resource: 'tap_service' | 'tap_flow', id: string) => () =>
  stage.plane.delete(caller, resource, id);
const serve = (caller: Caller, creation: Creation['tap_service']) => () =>
  stage.plane.create(caller, 'tap_service', [creation]);
const tap = (caller: Caller, creation: Creation['tap_flow']) => () =>
  stage.plane.create(caller, 'tap_flow', [creation]);

/** A request, and what it is answered. Gets the ids of a service at port 1 and a flow to it from port 2. */
type Refused = (service: string, flow: string) => readonly [request: () => unknown, answer: Answer];

/** Numbers are those of the error table of Neutron's API. Ports 1, 2 and 3 are of project `red`, 7 is of `blue`. */
const refused: Readonly<Record<string, Refused>> = {
  '16 show: unknown service': () => [show(ADMIN, 'tap_service', UNKNOWN), noService(UNKNOWN)],
  '16 show: unknown flow': () => [show(ADMIN, 'tap_flow', UNKNOWN), noFlow(UNKNOWN)],
  '16 show: a flow is no service': (_, id) => [show(RED, 'tap_service', id), noService(id)],
  "16 show: another project's service": (id) => [show(BLUE, 'tap_service', id), noService(id)],
  "16 show: another project's flow": (_, id) => [show(BLUE, 'tap_flow', id), noFlow(id)],
  "16 update: another project's service": (id) => [rename(BLUE, 'tap_service', id), noService(id)],
  "16 update: another project's flow": (_, id) => [rename(BLUE, 'tap_flow', id), noFlow(id)],
  "16 delete: another project's service": (id) => [remove(BLUE, 'tap_service', id), noService(id)],
  "16 delete: another project's flow": (_, id) => [remove(BLUE, 'tap_flow', id), noFlow(id)],
  '17 service: unknown port': () => [serve(RED, service(99)), noPort(99)],
  "17 service: another project's port": () => [serve(RED, service(7)), noPort(7)],
  "18 service: a port that an admin sees, but not the service's project": () => [serve(ADMIN, service(7)), notItsPort],
  '19 flow: unknown service': () => [tap(RED, flow(UNKNOWN, 3)), noService(UNKNOWN)],
  "19 flow: another project's service": (id) => [tap(BLUE, flow(id, 7, { project_id: 'blue' })), noService(id)],
  "20 flow: a service that an admin sees, but not the flow's project": (id) => [
    tap(ADMIN, flow(id, 7, { project_id: 'blue' })),
    notItsService,
  ],
  '21 flow: unknown source port': (id) => [tap(RED, flow(id, 99)), noPort(99)],
  "21 flow: another project's source port": (id) => [tap(RED, flow(id, 7)), noPort(7)],
  '22 service: no number is left': () => {
    stage.plane.create(RED, 'tap_service', [service(2), service(3)]);
    return [serve(RED, service(3)), noNumber];
  },
  "closed hole: a source port of another project than the flow's, by an admin": (id) => [
    tap(ADMIN, flow(id, 7)),
    notItsPort,
  ],
  "closed hole: the source port is the service's own": (id) => [tap(RED, flow(id, 1)), loop(1)],
  'closed hole: the copies would come back by way of other services': () => {
    stage.tap(2, 3);
    const [atThree] = stage.plane.create(RED, 'tap_service', [service(3)]);
    return [tap(RED, flow(atThree?.id ?? '', 1)), loop(1)];
  },
};

/** Whatever a refused request could have left behind. */
const left = () => ({
  services: stage.plane.list(ADMIN, 'tap_service'),
  flows: stage.plane.list(ADMIN, 'tap_flow'),
  unsent: stage.opened.unsentCasts(),
});

function expectRefusal(request: () => unknown, answer: Answer): void {
  const before = left();
  const { status, type, message } = refusal(request);
  expect([status, type, message]).toEqual(answer);
  expect(left()).toEqual(before);
}

test.each(Object.entries(refused))('%s', (_, refuse) => {
  const made = stage.tap(1, 2);
  expectRefusal(...refuse(made.service.id, made.flow.id));
});

test('closed hole: a flow to a service that is being deleted', async () => {
  const { id } = (await stage.tapped('PENDING_DELETE')).service;
  expectRefusal(tap(RED, flow(id, 2)), [409, 'TapServiceInUse', `Tap Service ${id} is being deleted`]);
});

test("closed hole: a flow to a service whose port is another project's by now", () => {
  const { id } = stage.tap(1, 2).service;
  stage.plane.assignPort(ADMIN, portId(1), 'blue');
  for (const caller of [RED, ADMIN]) expectRefusal(tap(caller, flow(id, 2)), notItsPort);
});

test('what is being deleted does not make a loop', async () => {
  const made = await stage.tapped('ACTIVE');
  const [back] = stage.plane.create(RED, 'tap_service', [service(2)]);
  const request = tap(RED, flow(back?.id ?? '', 1));
  expectRefusal(request, loop(1));
  stage.plane.delete(RED, 'tap_flow', made.flow.id);
  expect(request()).toMatchObject([{ status: 'DOWN' }]);
});

test('what another project had at a port does not make a loop, nor tell that it was there', async () => {
  // Red's flow from port 1 goes to port 2. With port 1 in other hands it is stopped, though its row is still there.
  stage.tap(2, 1);
  for (const port of [1, 3]) stage.plane.assignPort(ADMIN, portId(port), 'blue');
  stage.plane.assignPort(ADMIN, portId(2), 'blue');
  const [made] = stage.plane.create(BLUE, 'tap_service', [service(1, { project_id: 'blue' })]);
  const [flowMade] = stage.plane.create(BLUE, 'tap_flow', [flow(made?.id ?? '', 2, { project_id: 'blue' })]);
  expect(flowMade).toMatchObject({ source_port: portId(2), status: 'DOWN' });
});
