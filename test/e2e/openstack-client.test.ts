import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { drawFields, drawTable } from '../support/draw-table.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { Openstack, type Said } from '../support/openstack.ts';
import type { Vm } from '../support/vm.ts';

const SDK = join(import.meta.dirname, 'openstack-sdk.py');
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const ODD_NAME = 'a&b=c/d?é #%';

let client: Openstack;
let fleet: Fleet;
let vms: Record<'sensor' | 'vm' | 'twin' | 'other', Vm>;

beforeAll(async () => {
  client = await Openstack.start();
  fleet = await startFleet({ server: { quota: { tap_services: 10, tap_flows: 2 } } });
  const plug = (name: string, tag: number) => fleet.vm({ name, tag, externalIds: { 'port-name': name } });
  const [sensor, vm] = [await plug('sensor', 9), await plug('vm', 5)];
  vms = { sensor, vm, twin: await plug('twin', 6), other: await plug('twin', 6) };
});
afterAll(async () => {
  await fleet?.stop();
  await client?.remove();
});
beforeEach(async () => {
  const services = await fleet.api.list('tap_service');
  for (const { id } of services) await fleet.api.delete('tap_service', id);
  await fleet.api.gone('tap_service', ...services.map(({ id }) => id));
});

/** Words of a command, split at spaces; a word that has spaces in it is a list of its own. */
type Words = readonly (string | readonly string[])[];

/** What it says in these tests it said of a Neutron of its own release, too: each command was run on both. */
function ask(...words: Words): Promise<Said> {
  const split = words.flatMap((part) => (typeof part === 'string' ? part.split(' ') : part));
  return client.run({}, '--os-auth-type', 'none', '--os-endpoint', fleet.server.url, ...split);
}

/** What it prints when all is well. */
async function printed(...words: Words): Promise<string> {
  const { exitCode, stdout, stderr } = await ask(...words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

/** What it says when it fails, on standard error, without the request's id. */
async function refused(...words: Words): Promise<string> {
  const { exitCode, stdout, stderr } = await ask(...words);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  return stderr.replace(/req-[0-9a-f-]{36}/, 'req-ID');
}

const fromServer = (message: string) => `${message}\nNeutron server returns request_ids: ['req-ID']`;

const serviceFields = (id: string, name: string, port: Vm, status: string, description: string) => ({
  ID: id,
  Name: name,
  Port: port.portId,
  Status: status,
  Tenant: 'default',
  description,
  project_id: 'default',
});

async function activeService(name: string, port: Vm = vms.sensor) {
  const { id } = await fleet.api.create('tap_service', { name, port_id: port.portId });
  await fleet.api.reached('ACTIVE', 'tap_service', id);
  return id;
}

async function activeFlow(name: string, serviceId: string, more: object = {}) {
  const attributes = { name, tap_service_id: serviceId, source_port: vms.vm.portId, direction: 'BOTH', ...more };
  const { id } = await fleet.api.create('tap_flow', attributes);
  await fleet.api.reached('ACTIVE', 'tap_flow', id);
  return id;
}

describe('openstack tap service', () => {
  test('create takes the name or the ID of a port', async () => {
    const named = await printed('tap service create --port sensor --name ids --description', ['the IDS']);
    const byId = await printed('tap service create --port', vms.vm.portId);
    const [first, second] = await fleet.api.list('tap_service');
    expect(named).toBe(drawFields(serviceFields(first?.id ?? '', 'ids', vms.sensor, 'DOWN', 'the IDS')));
    expect(byId).toBe(drawFields(serviceFields(second?.id ?? '', '', vms.vm, 'DOWN', '')));
  });

  test('list and show, in every format', async () => {
    const id = await activeService('ids');
    const row = { ID: id, Tenant: 'default', Name: 'ids', Port: vms.sensor.portId, Status: 'ACTIVE' };
    const fields = serviceFields(id, 'ids', vms.sensor, 'ACTIVE', '');
    const [table, json, csv, value, byName, byId] = await Promise.all([
      printed('tap service list'),
      printed('tap service list -f json'),
      printed('tap service list -f csv'),
      printed('tap service list -f value -c Name -c Status'),
      printed('tap service show ids'),
      printed('tap service show -f json', id),
    ]);
    expect(table).toBe(drawTable([Object.keys(row), Object.values(row)]));
    expect(JSON.parse(json)).toEqual([row]);
    expect(csv).toBe(`"ID","Tenant","Name","Port","Status"\n"${Object.values(row).join('","')}"`);
    expect(value).toBe('ids ACTIVE');
    expect(byName).toBe(drawFields(fields));
    expect(JSON.parse(byId)).toEqual(fields);
  });

  test('update, whatever the name is made of', async () => {
    const id = await activeService('ids');
    const updated = await printed('tap service update ids --name', [ODD_NAME], '--description more');
    expect(updated).toBe(drawFields(serviceFields(id, ODD_NAME, vms.sensor, 'ACTIVE', 'more')));
    expect(await printed('tap service show -f value -c ID', [ODD_NAME])).toBe(id);
  });

  test('delete goes on after one that it does not find, and takes the tap flows along', async () => {
    const id = await activeService('ids');
    const other = await activeService('', vms.twin);
    const flow = await activeFlow('', id);
    const { exitCode, stderr } = await ask('tap service delete nosuch ids', other);
    expect(exitCode).toBe(1);
    expect(stderr.split('\n')).toEqual([
      "Failed to delete tap service with name or ID 'nosuch': Unable to find tap_service with name or id 'nosuch'",
      `Tap service ${id} deleted`,
      `Tap service ${other} deleted`,
      'Failed to delete 1 of 3 tap service.',
    ]);
    await fleet.api.gone('tap_service', id, other);
    await fleet.api.gone('tap_flow', flow);
    expect(await printed('tap service list')).toBe('');
  });
});

describe('openstack tap flow', () => {
  const flowFields = (id: string, serviceId: string, status: string, more: object) => ({
    Direction: 'BOTH',
    ID: id,
    Name: '',
    Status: status,
    Tenant: 'default',
    description: '',
    project_id: 'default',
    source_port: vms.vm.portId,
    tap_service_id: serviceId,
    vlan_filter: 'None',
    ...more,
  });

  test('create takes names or IDs, and a direction in any case', async () => {
    const service = await activeService('ids');
    const flags = '--direction both --vlan-filter 10-20,30 --name f1';
    const named = await printed('tap flow create --port vm --tap-service ids', flags);
    const byId = await printed(`tap flow create --direction IN --port ${vms.vm.portId} --tap-service ${service}`);
    const [first, second] = await fleet.api.list('tap_flow');
    const more = { Name: 'f1', vlan_filter: '10-20,30' };
    expect(named).toBe(drawFields(flowFields(first?.id ?? '', service, 'DOWN', more)));
    expect(byId).toBe(drawFields(flowFields(second?.id ?? '', service, 'DOWN', { Direction: 'IN' })));
  });

  test('list and show, update, delete', async () => {
    const service = await activeService('ids');
    const id = await activeFlow('f1', service);
    const heads = ['ID', 'Tenant', 'Name', 'Status', 'source_port', 'tap_service_id', 'Direction'];
    const row = [id, 'default', 'f1', 'ACTIVE', vms.vm.portId, service, 'BOTH'];
    const [table, yaml, shown] = await Promise.all([
      printed('tap flow list'),
      printed('tap flow list -f yaml'),
      printed('tap flow show f1'),
    ]);
    expect(table).toBe(drawTable([heads, row]));
    const lines = heads.map((head, at) => `${head}: ${row[at]}`).sort((a, b) => (a < b ? -1 : 1));
    expect(yaml).toBe(`- ${lines.join('\n  ')}`);
    expect(shown).toBe(drawFields(flowFields(id, service, 'ACTIVE', { Name: 'f1' })));
    const updated = await printed('tap flow update f1 --name f2 --description', ['of two']);
    expect(updated).toBe(drawFields(flowFields(id, service, 'ACTIVE', { Name: 'f2', description: 'of two' })));
    expect(await ask('tap flow delete', id)).toEqual({ exitCode: 0, stdout: '', stderr: `Tap flow ${id} deleted` });
    await fleet.api.gone('tap_flow', id);
  });
});

test('what goes wrong is told in the words of Neutron', async () => {
  const service = await activeService('ids');
  for (const name of ['same', 'same']) await fleet.api.create('tap_service', { name, port_id: vms.sensor.portId });
  for (const direction of ['IN', 'OUT']) await activeFlow('', service, { direction });
  const create = `tap flow create --tap-service ${service} --direction OUT --port`;
  const long = 'n'.repeat(256);
  const expected: readonly (readonly [string, string])[] = [
    ['tap service create --port nosuch', "Unable to find port with name or id 'nosuch'"],
    [`tap service create --port ${NOWHERE}`, `Unable to find port with name or id '${NOWHERE}'`],
    ['tap service create --port twin', "Multiple port matches found for name 'twin', use an ID to be more specific."],
    ['tap service show same', "Multiple tap_service matches found for name 'same', use an ID to be more specific."],
    [`tap flow show ${NOWHERE}`, `Unable to find tap_flow with name or id '${NOWHERE}'`],
    [
      `${create} vm --vlan-filter 20-10`,
      fromServer("Invalid input for vlan_filter. Reason: '20-10' is not a valid input."),
    ],
    [`${create} vm`, fromServer("Quota exceeded for resources: ['tap_flow'].")],
    [
      `tap service update ids --name ${long}`,
      fromServer(`Invalid input for name. Reason: '${long}' exceeds maximum length of 255.`),
    ],
  ];
  const said = await Promise.all(expected.map(([words]) => refused(words)));
  expect(said).toEqual(expected.map(([, sentence]) => sentence));
});

test('ports, networks and extensions, as far as there is something to say of them', async () => {
  const [ports, network, shown, networks, extensions] = await Promise.all([
    printed('port list -f json'),
    printed('port list --network vlan-6 --host host-1 -f value -c ID'),
    printed('port show vm -f json'),
    printed('network list -f value -c Name'),
    printed('extension list --network -f value -c Alias'),
  ]);
  const addresses = Object.values(vms).map(({ portId, mac }) => [portId, mac, 'ACTIVE']);
  const listed = JSON.parse(ports) as readonly Record<string, string>[];
  expect(listed.map((port) => [port['ID'], port['MAC Address'], port['Status']]).sort()).toEqual(addresses.sort());
  expect(network.split('\n').sort()).toEqual([vms.twin.portId, vms.other.portId].sort());
  expect(JSON.parse(shown)).toMatchObject({
    id: vms.vm.portId,
    name: 'vm',
    mac_address: vms.vm.mac,
    project_id: 'default',
    binding_host_id: 'host-1',
    binding_vnic_type: 'normal',
    admin_state_up: true,
    fixed_ips: [],
  });
  expect(networks.split('\n').sort()).toEqual(['vlan-5', 'vlan-6', 'vlan-9']);
  expect(extensions.split('\n')).toEqual(['taas', 'taas-vlan-filter']);
});

test('Python programs reach it through openstacksdk', async () => {
  const { exitCode, stdout, stderr } = await client.python(SDK, fleet.server.url);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    extensions: ['taas', 'taas-vlan-filter'],
    ports: ['sensor', 'twin', 'twin', 'vm'],
    sensor: ['sensor', 'ACTIVE', 'normal'],
    found: true,
    missing: null,
    changed: 'changed',
    names: ['of the SDK'],
    pages: [true],
    refused: "BadRequestException: Failed to parse request. Required attribute 'port_id' not specified",
    nowhere: `ResourceNotFound: Tap Service  ${NOWHERE} does not exist`,
  });
});
