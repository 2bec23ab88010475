import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ReportedPort } from '../../src/contract/agent-report.ts';
import { ADMIN, BLUE, inventory, portId, RED, refusal, reported, Stage, UNKNOWN } from './stage.ts';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  vi.useRealTimers();
  await stage.close();
});

const port = (number = 1) => stage.plane.showPort(ADMIN, portId(number));
const where = (number = 1) => [port(number)['binding:host_id'], port(number).status];
const missing = { status: 404, type: 'PortNotFound' };

describe('a port as the API shows it', () => {
  const cases: readonly (readonly [string, Partial<ReportedPort>, object])[] = [
    [
      'all that its host says of it',
      { portName: 'web-1' },
      {
        id: portId(1),
        project_id: 'red',
        name: 'web-1',
        mac_address: 'fa:16:3e:00:00:01',
        status: 'ACTIVE',
        'binding:host_id': 'host-1',
      },
    ],
    ['no name: the name of the interface', {}, { name: 'tap1' }],
    ['no project: default', { projectId: null }, { project_id: 'default' }],
    ['no MAC address', { mac: null }, { mac_address: '' }],
    ['unplugged', { plugged: false }, { status: 'DOWN' }],
  ];
  test.each(cases)('%s', async (_, rest, expected) => {
    await stage.take(inventory('host-1', reported(1, rest)));
    expect(port()).toMatchObject(expected);
    expect(stage.plane.listPorts(ADMIN)).toEqual([port()]);
  });

  test('an iface-id that is no UUID is no port: the observer is told, and the others count', async () => {
    await stage.take(
      inventory('host-1', reported(1), reported(2, { portId: 'vm-3', interfaceName: 'vnet3' }), reported(4)),
    );
    expect(stage.plane.listPorts(ADMIN).map(({ id }) => id)).toEqual([portId(1), portId(4)]);
    expect(stage.traced).toEqual([{ kind: 'ports-reported', host: 'host-1', ports: 2, unusable: ['vnet3'] }]);
  });

  test('named twice by its host: the last counts, and a repeat changes nothing', async () => {
    const twice = inventory('host-1', reported(1, { plugged: false }), reported(1, { interfaceName: 'tap1b' }));
    await stage.take(inventory('host-2', reported(2)));
    await stage.take(twice);
    stage.tap(1, 2);
    await stage.casts();
    await stage.take(twice);
    expect(port()).toMatchObject({ name: 'tap1b', status: 'ACTIVE' });
    expect(await stage.casts()).toEqual([]);
  });
});

describe('networks are the VLANs of the ports that the caller sees', () => {
  test('named for the VLAN, with an id that is the same on every server', async () => {
    await stage.take(
      inventory('host-1', reported(1, { vlan: 20 }), reported(2, { vlan: null }), reported(3, { vlan: 20 })),
    );
    await stage.take(inventory('host-2', reported(4, { vlan: 30, projectId: 'blue' })));
    // As Python's uuid.uuid5 makes them of our namespace and these names.
    expect(stage.plane.listNetworks(RED)).toEqual([
      { id: 'f7652982-b937-5e30-ab21-4377e705d735', name: 'untagged', 'provider:segmentation_id': null },
      { id: '8a16ca50-7adf-51be-8248-2e64d00abae3', name: 'vlan-20', 'provider:segmentation_id': 20 },
    ]);
    expect(port(3).network_id).toBe(port(1).network_id);
    expect(stage.plane.showNetwork(BLUE, port(4).network_id)).toMatchObject({ name: 'vlan-30' });
  });

  test('others do not exist', async () => {
    await stage.take(inventory('host-1', reported(1), reported(4, { vlan: 30, projectId: 'blue' })));
    for (const id of [port(4).network_id, UNKNOWN]) {
      const message = `Network ${id} could not be found.`;
      expect(refusal(() => stage.plane.showNetwork(RED, id))).toEqual({
        status: 404,
        type: 'NetworkNotFound',
        message,
      });
    }
  });
});

describe('of several hosts that have a port, the one where it was plugged last counts', () => {
  const here = reported(1);
  const off = reported(1, { plugged: false });
  const cases: readonly (readonly [string, readonly (readonly [string, ...ReportedPort[]])[], readonly unknown[]])[] = [
    [
      'it comes up at the second',
      [
        ['a', here],
        ['b', here],
      ],
      ['b', 'ACTIVE'],
    ],
    [
      'the first says again what it said',
      [
        ['a', here],
        ['b', here],
        ['a', here],
      ],
      ['b', 'ACTIVE'],
    ],
    ['the first has let it go', [['a', here], ['b', here], ['a']], ['b', 'ACTIVE']],
    ['it was let go first', [['a', here], ['a'], ['b', here]], ['b', 'ACTIVE']],
    [
      'the second only prepares for it',
      [
        ['a', here],
        ['b', off],
      ],
      ['a', 'ACTIVE'],
    ],
    ['the second has given up', [['a', here], ['b', here], ['b']], ['a', 'ACTIVE']],
    ['it is back at the first', [['a', here], ['b', here], ['a'], ['b'], ['a', here]], ['a', 'ACTIVE']],
    ['nobody has it any more', [['a', here], ['b', here], ['a'], ['b']], ['b', 'DOWN']],
    ['it was on last where it is gone', [['b', off], ['a', here], ['a']], ['a', 'DOWN']],
    ['it is off where it was on last', [['a', here], ['a'], ['b', here], ['b', off], ['a', off]], ['b', 'DOWN']],
    [
      'it is plugged again at the first meanwhile',
      [
        ['a', here],
        ['b', here],
        ['a', off],
        ['a', here],
      ],
      ['a', 'ACTIVE'],
    ],
  ];
  test.each(cases)('%s', async (_, said, expected) => {
    for (const [host, ...ports] of said) await stage.take(inventory(host, ...ports));
    expect(where()).toEqual(expected);
    expect(stage.plane.listPorts(ADMIN)).toHaveLength(1);
  });
});

describe('a port that its host has no more', () => {
  const DAY = 24 * 3_600_000;
  const later = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
  /** Time goes on, and some host says something: then what is old is forgotten. */
  async function afterADay(): Promise<void> {
    later(DAY + 1);
    await stage.take(inventory('host-9'));
  }

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await stage.take(inventory('host-1', reported(1), reported(2), reported(3)));
  });

  test('is remembered for a day after that, not after it was unplugged', async () => {
    await stage.take(inventory('host-1', reported(1, { plugged: false })));
    later(DAY);
    await stage.take(inventory('host-1'));
    later(DAY);
    await stage.take(inventory('host-9'));
    expect(where(1)).toEqual(['host-1', 'DOWN']);
    expect(refusal(() => port(2))).toMatchObject(missing);
    later(1);
    await stage.take(inventory('host-9'));
    expect(refusal(() => port(1))).toMatchObject(missing);
  });

  test('is not forgotten while its host has it, though unplugged', async () => {
    await stage.take(inventory('host-1', reported(1, { plugged: false })));
    await afterADay();
    expect(where()).toEqual(['host-1', 'DOWN']);
  });

  test('is remembered anew when it was back meanwhile', async () => {
    await stage.take(inventory('host-1'));
    later(DAY);
    await stage.take(inventory('host-1', reported(1, { plugged: false })));
    await afterADay();
    expect(where()).toEqual(['host-1', 'DOWN']);
  });

  test('is remembered as long as there are taps at it, and a day more', async () => {
    const made = stage.tap(1, 2);
    await stage.take(inventory('host-1'));
    await afterADay();
    expect([where(1), where(2)]).toEqual([
      ['host-1', 'DOWN'],
      ['host-1', 'DOWN'],
    ]);
    expect(refusal(() => port(3))).toMatchObject(missing);
    stage.plane.delete(RED, 'tap_service', made.service.id);
    await afterADay();
    expect(stage.plane.listPorts(ADMIN)).toEqual([]);
  });

  test('is remembered as long as an administrator has given it to a project', async () => {
    stage.plane.assignPort(ADMIN, portId(1), 'blue');
    await stage.take(inventory('host-1'));
    await afterADay();
    expect(port()).toMatchObject({ project_id: 'blue', status: 'DOWN' });
    stage.plane.assignPort(ADMIN, portId(1), null);
    await stage.take(inventory('host-9'));
    expect(stage.plane.listPorts(ADMIN)).toEqual([]);
  });
});

describe('the project of a port', () => {
  test("is what its host says, then an administrator's word, until that is taken back", async () => {
    await stage.take(inventory('host-1', reported(1)));
    expect(stage.plane.assignPort(ADMIN, portId(1), 'blue')).toMatchObject({ id: portId(1), project_id: 'blue' });
    expect(refusal(() => stage.plane.showPort(RED, portId(1)))).toMatchObject(missing);
    await stage.take(inventory('host-2', reported(1, { projectId: 'green' })));
    expect(stage.plane.showPort(BLUE, portId(1))).toMatchObject({ 'binding:host_id': 'host-2' });
    expect(stage.plane.assignPort(ADMIN, portId(1), null)).toMatchObject({ project_id: 'green' });
    expect(refusal(() => stage.plane.assignPort(ADMIN, UNKNOWN, 'blue'))).toMatchObject(missing);
  });
});
