import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Status } from '../../src/contract/resources.ts';
import { ADMIN, BLUE, flow, inventory, portId, RED, RED_READER, refusal, reported, Stage, service } from './stage.ts';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const gone = { status: 404 };

describe('create', () => {
  test('answers the whole row, DOWN, which show and list then give', async () => {
    await stage.take(inventory('host-1', reported(1), reported(2)));
    const creation = service(1, { name: 'ids', description: 'of the lab' });
    const [made] = stage.plane.create(RED, 'tap_service', [creation]);
    expect(made).toEqual({ id: expect.stringMatching(UUID), ...creation, status: 'DOWN' });
    const flowCreation = flow(made?.id ?? '', 2, { name: 'web', direction: 'IN', vlan_filter: '1-5,9' });
    const [flowMade] = stage.plane.create(RED, 'tap_flow', [flowCreation]);
    expect(flowMade).toEqual({ id: expect.stringMatching(UUID), ...flowCreation, status: 'DOWN' });
    expect(stage.plane.show(RED, 'tap_service', made?.id ?? '')).toEqual(made);
    expect(stage.plane.list(RED, 'tap_flow')).toEqual([flowMade]);
  });

  test('takes what Neutron takes: two services at a port, two equal flows, one source in two services, an unplugged port', async () => {
    await stage.take(inventory('host-1', reported(1), reported(2, { plugged: false })));
    const [one, two] = stage.plane.create(RED, 'tap_service', [service(1), service(1)]);
    const wanted = [flow(one?.id ?? '', 2), flow(one?.id ?? '', 2), flow(two?.id ?? '', 2)];
    expect(stage.plane.create(RED, 'tap_flow', wanted)).toHaveLength(3);
    expect(stage.plane.create(RED, 'tap_service', [service(2)])).toHaveLength(1);
  });

  test.each<Status>(['DOWN', 'ERROR', 'ACTIVE'])('takes a flow to a service in %s', async (status) => {
    const { service: at } = await stage.tapped(status);
    expect(stage.plane.create(RED, 'tap_flow', [flow(at.id, 2)])).toMatchObject([{ status: 'DOWN' }]);
  });

  test('an admin makes taps for a project, of that project', async () => {
    await stage.take(inventory('host-1', reported(1), reported(2)));
    const [made] = stage.plane.create(ADMIN, 'tap_service', [service(1)]);
    stage.plane.create(ADMIN, 'tap_flow', [flow(made?.id ?? '', 2)]);
    expect(stage.plane.list(RED, 'tap_flow')).toMatchObject([{ project_id: 'red' }]);
  });
});

describe('bulk is all or nothing', () => {
  test('all in the order in which they were asked for, each told to the agents', async () => {
    await stage.take(inventory('host-1', reported(1), reported(2)));
    const services = stage.plane.create(RED, 'tap_service', [service(1, { name: 'a' }), service(2, { name: 'b' })]);
    expect(services.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(stage.plane.list(RED, 'tap_service')).toEqual(services);
    expect(await stage.casts()).toEqual(services.map(({ id }) => `create_tap_service ${id}`));
  });

  test.each([
    ['the last', [1, 2, 99]],
    ['the first', [99, 1, 2]],
  ])('nothing, neither row nor cast, when %s is refused', async (_, ports) => {
    const { service: at } = await stage.tapped();
    const wanted = ports.map((port) => service(port));
    expect(refusal(() => stage.plane.create(RED, 'tap_service', wanted))).toMatchObject({ type: 'PortNotFound' });
    const flows = ports.map((port) => flow(at.id, port === 1 ? 2 : port));
    expect(refusal(() => stage.plane.create(RED, 'tap_flow', flows))).toMatchObject({ type: 'PortNotFound' });
    expect(stage.plane.list(ADMIN, 'tap_service')).toHaveLength(1);
    expect(stage.plane.list(ADMIN, 'tap_flow')).toHaveLength(1);
    expect(await stage.casts()).toEqual([]);
    // The number that it had for a moment is free again.
    stage.plane.create(RED, 'tap_service', [service(1)]);
    expect((await stage.sent()).at(-1)?.args).toMatchObject({ tap_service_msg: { taas_id: 3901 } });
  });

  test('items of one request see each other: together they close a loop', async () => {
    await stage.take(inventory('host-1', reported(1), reported(2)));
    const [one, two] = stage.plane.create(RED, 'tap_service', [service(1), service(2)]);
    const both = [flow(one?.id ?? '', 2), flow(two?.id ?? '', 1)];
    expect(refusal(() => stage.plane.create(RED, 'tap_flow', both))).toMatchObject({ type: 'TapFlowLoop' });
    expect(stage.plane.list(ADMIN, 'tap_flow')).toEqual([]);
  });
});

describe('update', () => {
  test.each<Status>(['DOWN', 'ACTIVE', 'ERROR', 'PENDING_DELETE'])(
    'changes name and description of a row in %s, and no agent hears of it',
    async (status) => {
      const made = await stage.tapped(status);
      for (const resource of ['tap_service', 'tap_flow'] as const) {
        const { id } = resource === 'tap_service' ? made.service : made.flow;
        const before = stage.plane.show(RED, resource, id);
        const renamed = { ...before, name: 'new' };
        expect(stage.plane.update(RED, resource, id, { name: 'new' })).toEqual(renamed);
        expect(stage.plane.update(RED, resource, id, {})).toEqual(renamed);
        const cleared = { ...renamed, name: '', description: 'd' };
        expect(stage.plane.update(RED, resource, id, { name: '', description: 'd' })).toEqual(cleared);
        expect(stage.plane.show(RED, resource, id)).toEqual(cleared);
      }
      expect(await stage.casts()).toEqual([]);
    },
  );
});

describe('delete', () => {
  test.each<Status>(['DOWN', 'ERROR', 'PENDING_DELETE'])(
    'a flow in %s is gone at once; unlike in Neutron, the agents hear of it',
    async (status) => {
      const { flow: made } = await stage.tapped(status);
      stage.plane.delete(RED, 'tap_flow', made.id);
      expect(refusal(() => stage.plane.show(RED, 'tap_flow', made.id))).toMatchObject(gone);
      expect(await stage.casts()).toEqual([`delete_tap_flow ${made.id}`]);
    },
  );

  test.each<Status>(['DOWN', 'ERROR', 'PENDING_DELETE'])(
    'a service in %s is gone at once, and so are its flows, which the agents hear of first',
    async (status) => {
      const made = await stage.tapped(status);
      stage.plane.delete(RED, 'tap_service', made.service.id);
      expect(stage.plane.list(ADMIN, 'tap_service')).toEqual([]);
      expect(stage.plane.list(ADMIN, 'tap_flow')).toEqual([]);
      const { flow: tapFlow, service: tapService } = made;
      expect(await stage.casts()).toEqual([`delete_tap_flow ${tapFlow.id}`, `delete_tap_service ${tapService.id}`]);
    },
  );

  test('what is ACTIVE waits until it was removed, which repeats and late reports do not disturb', async () => {
    const made = await stage.tapped('ACTIVE');
    stage.plane.delete(RED, 'tap_service', made.service.id);
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('PENDING_DELETE');
    expect(stage.statusOf('tap_service', made.service.id)).toBe('PENDING_DELETE');
    const casts = [`delete_tap_flow ${made.flow.id}`, `delete_tap_service ${made.service.id}`];
    expect(await stage.casts()).toEqual(casts);
    for (const late of ['ACTIVE', 'ERROR'] as const) await stage.report('tap_flow', made.flow.id, late);
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('PENDING_DELETE');
    for (const again of [1, 2]) {
      await stage.report('tap_flow', made.flow.id, 'INACTIVE');
      await stage.report('tap_service', made.service.id, 'INACTIVE', `host-${again}`);
    }
    expect(stage.plane.list(ADMIN, 'tap_service')).toEqual([]);
    expect(stage.plane.list(ADMIN, 'tap_flow')).toEqual([]);
    expect(await stage.casts()).toEqual([]);
  });

  test('a service that was removed keeps its row and number as long as a flow of it is not', async () => {
    const made = await stage.tapped('PENDING_DELETE');
    await stage.report('tap_service', made.service.id, 'INACTIVE');
    expect(stage.statusOf('tap_service', made.service.id)).toBe('PENDING_DELETE');
    stage.plane.create(RED, 'tap_service', [service(1)]);
    expect((await stage.sent()).at(-1)?.args).toMatchObject({ tap_service_msg: { taas_id: 3901 } });
    await stage.report('tap_flow', made.flow.id, 'INACTIVE');
    expect(refusal(() => stage.plane.show(RED, 'tap_service', made.service.id))).toMatchObject(gone);
  });

  test('a service with flows in every status goes as a whole when it is deleted twice', async () => {
    const { service: at, flow: first } = await stage.tapped('ACTIVE');
    const [second, third] = stage.plane.create(RED, 'tap_flow', [flow(at.id, 2), flow(at.id, 2)]);
    await stage.report('tap_flow', third?.id ?? '', 'ERROR');
    stage.plane.delete(RED, 'tap_service', at.id);
    expect(stage.plane.list(RED, 'tap_flow')).toMatchObject([{ id: first.id, status: 'PENDING_DELETE' }]);
    stage.plane.delete(RED, 'tap_service', at.id);
    expect(stage.plane.list(ADMIN, 'tap_service')).toEqual([]);
    expect(stage.plane.list(ADMIN, 'tap_flow')).toEqual([]);
    expect(second?.status).toBe('DOWN');
  });
});

describe('who sees what', () => {
  const who = { ADMIN, RED, RED_READER, BLUE };
  test.each<[keyof typeof who, boolean]>([
    ['ADMIN', true],
    ['RED', true],
    ['RED_READER', true],
    ['BLUE', false],
  ])('%s sees what is of red: %s', async (name, sees) => {
    const made = await stage.tapped();
    await stage.take(inventory('host-2', reported(7, { projectId: null })));
    const caller = who[name];
    expect(stage.plane.list(caller, 'tap_service')).toHaveLength(sees ? 1 : 0);
    expect(stage.plane.list(caller, 'tap_flow')).toHaveLength(sees ? 1 : 0);
    const ofRed = stage.plane.listPorts(caller).filter(({ project_id: project }) => project === 'red');
    expect(ofRed).toHaveLength(sees ? 2 : 0);
    const looks = [
      () => stage.plane.show(caller, 'tap_service', made.service.id),
      () => stage.plane.show(caller, 'tap_flow', made.flow.id),
      () => stage.plane.showPort(caller, portId(1)),
    ];
    for (const look of looks) {
      if (sees) expect(look()).toMatchObject({ project_id: 'red' });
      else expect(refusal(look)).toMatchObject(gone);
    }
  });
});
