import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentCast } from '../../src/contract/cast.ts';
import type { ResourceName, TapFlow, TapService } from '../../src/contract/resources.ts';
import { ADMIN, inShort, inventory, inventoryAt, portId, RED, reported, Stage } from './stage.ts';

/** Port 1 has the service, port 2 is its flow's source; both are at host-1, unless told otherwise. */
let stage: Stage;
let tapService: TapService;
let tapFlow: TapFlow;

beforeEach(async () => {
  stage = new Stage();
});
afterEach(() => stage.close());

async function begin(status: 'DOWN' | 'ACTIVE' | 'ERROR' | 'PENDING_DELETE'): Promise<void> {
  ({ service: tapService, flow: tapFlow } = await stage.tapped(status));
}

const statuses = () => [stage.statusOf('tap_service', tapService.id), stage.statusOf('tap_flow', tapFlow.id)];
const nameOf = (cast: AgentCast) =>
  inShort(cast).replace(tapService.id, 'the service').replace(tapFlow.id, 'the flow').replaceAll('_', ' ');
/** What was cast, and the host whose agent is to report. */
const told = async () => (await stage.sent()).map((cast) => [nameOf(cast), cast.args.host]);
const reportActive = async (host: string) => {
  await stage.report('tap_service', tapService.id, 'ACTIVE', host);
  await stage.report('tap_flow', tapFlow.id, 'ACTIVE', host);
};

const createService = 'create tap service the service';
const createFlow = 'create tap flow the flow';
const deleteService = 'delete tap service the service';
const deleteFlow = 'delete tap flow the flow';

describe('a port that is unplugged keeps its taps', () => {
  test('both are DOWN without their service; plugged again, they wait for what the agent says', async () => {
    await begin('ACTIVE');
    await stage.take(inventory('host-1', reported(1, { plugged: false }), reported(2)));
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    // A report from before that came late.
    await reportActive('host-1');
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    expect(await told()).toEqual([]);
    await stage.take(inventory('host-1', reported(1), reported(2)));
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    expect(await told()).toEqual([
      [createService, 'host-1'],
      [createFlow, 'host-1'],
    ]);
    await reportActive('host-1');
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  test('a flow without its source is DOWN, its service goes on', async () => {
    await begin('ACTIVE');
    await stage.take(inventory('host-1', reported(1)));
    expect(statuses()).toEqual(['ACTIVE', 'DOWN']);
    await stage.take(inventory('host-1', reported(1), reported(2)));
    expect(await told()).toEqual([[createFlow, 'host-1']]);
  });

  test('what was given up meanwhile gets a new chance when it is plugged', async () => {
    await begin('DOWN');
    await stage.take(inventory('host-1'));
    await stage.report('tap_service', tapService.id, 'ERROR');
    await stage.report('tap_flow', tapFlow.id, 'ERROR');
    expect(statuses()).toEqual(['ERROR', 'ERROR']);
    await stage.take(inventory('host-1', reported(1), reported(2)));
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    expect((await told()).map(([what]) => what)).toEqual([createService, createFlow, createFlow]);
  });
});

describe('a port that moves takes its taps along', () => {
  test('DOWN until the new host has confirmed, whatever the old one says', async () => {
    await begin('ACTIVE');
    await stage.take(inventory('host-2', reported(1), reported(2)));
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    expect(await told()).toEqual([
      [createService, 'host-2'],
      [createFlow, 'host-2'],
      [createFlow, 'host-2'],
    ]);
    await reportActive('host-1');
    await stage.report('tap_flow', tapFlow.id, 'ERROR', 'host-1');
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    await reportActive('host-2');
    await stage.take(inventory('host-1'));
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    expect(await told()).toEqual([]);
  });

  test('a flow whose service moves away from its source is confirmed anew by the host of its source', async () => {
    await begin('ACTIVE');
    await stage.take(inventory('host-2', reported(1)));
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    expect(await told()).toEqual([
      [createService, 'host-2'],
      [createFlow, 'host-1'],
    ]);
    await reportActive('host-1');
    expect(statuses()).toEqual(['DOWN', 'ACTIVE']);
    await stage.report('tap_service', tapService.id, 'ACTIVE', 'host-2');
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    await stage.take(inventory('host-2'));
    expect((await told()).at(-1)).toEqual([createFlow, 'host-1']);
    await reportActive('host-1');
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  test('what is being deleted is asked of the new host, too: the old one may never answer', async () => {
    await begin('PENDING_DELETE');
    await stage.take(inventory('host-2', reported(1), reported(2)));
    expect(await told()).toEqual([
      [deleteService, 'host-2'],
      [deleteFlow, 'host-2'],
      [deleteFlow, 'host-2'],
    ]);
    await stage.report('tap_flow', tapFlow.id, 'INACTIVE', 'host-2');
    await stage.report('tap_service', tapService.id, 'INACTIVE', 'host-2');
    expect(stage.plane.list(ADMIN, 'tap_service')).toEqual([]);
  });

  test('another MAC address is another port to the switch', async () => {
    await begin('ACTIVE');
    await stage.take(inventory('host-1', reported(1), reported(2, { mac: 'fa:16:3e:ff:ff:ff' })));
    expect(statuses()).toEqual(['ACTIVE', 'DOWN']);
    expect((await stage.sent()).at(0)?.args).toMatchObject({ tap_flow_msg: { port_mac: 'fa:16:3e:ff:ff:ff' } });
  });

  test.each([
    ['said again', [reported(1), reported(2)]],
    ['with another name', [reported(1, { portName: 'sensor' }), reported(2)]],
    ['in another VLAN', [reported(1), reported(2, { vlan: 77 })]],
    ['with a port more', [reported(1), reported(2), reported(3)]],
  ])('what changes nothing for taps is not cast: an inventory %s', async (_, ports) => {
    await begin('ACTIVE');
    await stage.take(inventory('host-1', ...ports));
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    expect(await told()).toEqual([]);
  });
});

describe('where tunnels reach a host', () => {
  /** The addresses that agents are told with the service, in the order of the casts. */
  const addresses = async () =>
    (await stage.sent()).flatMap(({ args }) => {
      const message = args.tap_service_msg as { readonly port: { readonly tunnel_address: unknown } } | undefined;
      return message ? [message.port.tunnel_address] : [];
    });
  /** The service is at host-2, its flow's source at host-1. */
  const apart = async (address: string | null, status: 'DOWN' | 'ACTIVE' | 'ERROR' = 'ACTIVE') => {
    await begin('DOWN');
    await stage.take(inventoryAt(address, 'host-2', reported(1)));
    await stage.take(inventory('host-1', reported(2)));
    await stage.report('tap_service', tapService.id, 'ACTIVE', 'host-2');
    if (status !== 'DOWN') await stage.report('tap_flow', tapFlow.id, status, 'host-1');
    expect(statuses()).toEqual(['ACTIVE', status]);
  };

  test('is told with a service, and with one that moves it is that of the new host', async () => {
    await apart('192.0.2.2');
    expect(await addresses()).toEqual(['192.0.2.2']);
    await stage.take(inventoryAt('192.0.2.3', 'host-3', reported(1)));
    expect(await addresses()).toEqual(['192.0.2.3']);
  });

  test('becomes known: the service goes on, and flows that were given up for want of it get a new chance', async () => {
    await apart(null, 'ERROR');
    await stage.sent();
    await stage.take(inventoryAt('192.0.2.2', 'host-2', reported(1)));
    expect(statuses()).toEqual(['ACTIVE', 'DOWN']);
    expect(await told()).toEqual([
      [createService, 'host-2'],
      [createFlow, 'host-1'],
    ]);
  });

  test('becomes known while the agent may be giving the flow up: it is told once more', async () => {
    await apart(null, 'DOWN');
    await stage.sent();
    await stage.take(inventoryAt('192.0.2.2', 'host-2', reported(1)));
    expect((await told()).map(([what]) => what)).toEqual([createService, createFlow]);
  });

  test('changes: all are told, nothing is DOWN for it', async () => {
    await apart('192.0.2.2');
    await addresses();
    await stage.take(inventoryAt('192.0.2.22', 'host-2', reported(1)));
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    expect(await addresses()).toEqual(['192.0.2.22']);
  });

  test('is lost: the flow from elsewhere is DOWN until its agent has said how it stands', async () => {
    await apart('192.0.2.2');
    await stage.sent();
    await stage.take(inventory('host-2', reported(1)));
    expect(statuses()).toEqual(['ACTIVE', 'DOWN']);
    expect((await told()).map(([what]) => what)).toEqual([createService, createFlow]);
  });

  test('is lost where the source is: the same of its flow', async () => {
    await apart('192.0.2.2');
    await stage.take(inventoryAt('192.0.2.1', 'host-1', reported(2)));
    await stage.sent();
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    await stage.take(inventory('host-1', reported(2)));
    expect(statuses()).toEqual(['ACTIVE', 'DOWN']);
    expect(await told()).toEqual([[createFlow, 'host-1']]);
  });

  test('does not matter within a host', async () => {
    await begin('ACTIVE');
    for (const address of ['192.0.2.1', '192.0.2.11', null]) {
      await stage.take(inventoryAt(address, 'host-1', reported(1), reported(2)));
    }
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    expect((await told()).map(([what]) => what)).toEqual([createService, createService, createService]);
  });

  test('becomes known at an agent that has given up the service: that gets a new chance everywhere', async () => {
    await apart(null, 'ERROR');
    await stage.report('tap_service', tapService.id, 'ERROR', 'host-2');
    await stage.sent();
    await stage.take(inventoryAt('192.0.2.2', 'host-2', reported(1)));
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    expect((await told()).map(([what]) => what)).toEqual([createService, createFlow]);
  });

  test('changes nothing for what is being deleted or is stopped', async () => {
    await begin('PENDING_DELETE');
    await stage.take(inventoryAt('192.0.2.1', 'host-1', reported(1), reported(2)));
    expect(statuses()).toEqual(['PENDING_DELETE', 'PENDING_DELETE']);
    await stage.report('tap_flow', tapFlow.id, 'INACTIVE');
    await stage.report('tap_service', tapService.id, 'INACTIVE');
    await apart(null);
    stage.plane.assignPort(ADMIN, portId(2), 'blue');
    await stage.sent();
    await stage.take(inventoryAt('192.0.2.2', 'host-2', reported(1)));
    expect(statuses()).toEqual(['ACTIVE', 'ERROR']);
    expect((await told()).map(([what]) => what)).toEqual([createService]);
  });
});

describe('a port that another project gets has no taps of the former', () => {
  const all = async (resource: ResourceName, id: string) => {
    for (const status of ['ACTIVE', 'ERROR', 'INACTIVE'] as const) await stage.report(resource, id, status);
  };

  test('the service’s port: both stop, whatever the agent says, and run again when it is given back', async () => {
    await begin('ACTIVE');
    stage.plane.assignPort(ADMIN, portId(1), 'blue');
    expect(statuses()).toEqual(['ERROR', 'ERROR']);
    expect(await told()).toEqual([
      [deleteService, 'host-1'],
      [deleteFlow, 'host-1'],
    ]);
    await all('tap_service', tapService.id);
    await all('tap_flow', tapFlow.id);
    expect(statuses()).toEqual(['ERROR', 'ERROR']);
    stage.plane.assignPort(ADMIN, portId(1), null);
    expect(statuses()).toEqual(['DOWN', 'DOWN']);
    expect(await told()).toEqual([
      [createService, 'host-1'],
      [createFlow, 'host-1'],
    ]);
  });

  test('the source: the flow stops, also when its host says so, and its service goes on', async () => {
    await begin('ACTIVE');
    await stage.take(inventory('host-1', reported(1), reported(2, { projectId: 'blue' })));
    expect(statuses()).toEqual(['ACTIVE', 'ERROR']);
    expect(await told()).toEqual([[deleteFlow, 'host-1']]);
    await stage.take(inventory('host-2', reported(2, { projectId: 'blue' })));
    expect(await told()).toEqual([]);
    await stage.take(inventory('host-1', reported(1), reported(2)));
    await stage.take(inventory('host-2'));
    expect(await told()).toEqual([[createFlow, 'host-1']]);
  });

  test('both: the flow runs again only when both are back', async () => {
    await begin('ACTIVE');
    for (const number of [1, 2]) stage.plane.assignPort(ADMIN, portId(number), 'blue');
    await told();
    stage.plane.assignPort(ADMIN, portId(2), null);
    expect(statuses()).toEqual(['ERROR', 'ERROR']);
    expect(await told()).toEqual([]);
    stage.plane.assignPort(ADMIN, portId(1), 'red');
    expect((await told()).map(([what]) => what)).toEqual([createService, createFlow]);
  });

  test('what is being deleted goes on being deleted', async () => {
    await begin('PENDING_DELETE');
    stage.plane.assignPort(ADMIN, portId(1), 'blue');
    stage.plane.assignPort(ADMIN, portId(2), 'blue');
    expect(statuses()).toEqual(['PENDING_DELETE', 'PENDING_DELETE']);
    await stage.report('tap_flow', tapFlow.id, 'INACTIVE');
    expect(stage.plane.list(RED, 'tap_flow')).toEqual([]);
  });

  test('taps that are stopped can be deleted, by those whose they are', async () => {
    await begin('ACTIVE');
    stage.plane.assignPort(ADMIN, portId(1), 'blue');
    stage.plane.delete(RED, 'tap_service', tapService.id);
    expect(stage.plane.list(ADMIN, 'tap_flow')).toEqual([]);
    expect(stage.plane.list(ADMIN, 'tap_service')).toEqual([]);
  });
});
