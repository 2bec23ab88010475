import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeTapEvent } from '../../src/bus/decode-tap-event.ts';
import { flow, inventory, portId, RED, reported, Stage, service } from './stage.ts';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

test('what is cast is what the agent understands, and what Neutron would have cast', async () => {
  await stage.take(inventory('host-1', reported(1, { portName: 'sensor' }), reported(2, { mac: null })));
  const [tapService] = stage.plane.create(RED, 'tap_service', [service(1, { name: 'ids' })]);
  const [tapFlow] = stage.plane.create(RED, 'tap_flow', [
    flow(tapService?.id ?? '', 2, { direction: 'IN', vlan_filter: '1-3' }),
  ]);
  stage.plane.delete(RED, 'tap_service', tapService?.id ?? '');
  await stage.sent();
  stage.plane.create(RED, 'tap_service', [service(1)]);
  await stage.take({ kind: 'sync', host: 'host-1' });
  stage.opened.requestPorts();
  await stage.sent();
  const casts = stage.batches.flat();

  const common = {
    name: '',
    project_id: 'red',
    'binding:vnic_type': 'normal',
    'binding:host_id': 'host-1',
    tunnel_address: null,
  };
  const sensor = { ...common, id: portId(1), name: 'sensor', mac_address: 'fa:16:3e:00:00:01', status: 'ACTIVE' };
  // Neutron's messages always have a MAC address.
  const source = { ...common, id: portId(2), name: 'tap2', mac_address: '00:00:00:00:00:00', status: 'ACTIVE' };
  const serviceMessage = { tap_service: { ...tapService, tenant_id: 'red' }, taas_id: 3900, port: sensor };
  const flowMessage = {
    tap_flow: { ...tapFlow, tenant_id: 'red' },
    taas_id: 3900,
    port: source,
    port_mac: '00:00:00:00:00:00',
    tap_service_port: sensor,
  };
  const leaving = { status: 'PENDING_DELETE' };
  expect(casts.slice(0, 4).map(({ args }) => args)).toEqual([
    { host: 'host-1', tap_service_msg: serviceMessage },
    { host: 'host-1', tap_flow_msg: flowMessage },
    { host: 'host-1', tap_flow_msg: { ...flowMessage, tap_flow: { ...flowMessage.tap_flow, ...leaving } } },
    {
      host: 'host-1',
      tap_service_msg: { ...serviceMessage, tap_service: { ...serviceMessage.tap_service, ...leaving } },
    },
  ]);

  const decoded = casts.map((cast) => decodeTapEvent(cast));
  expect(decoded.filter(({ kind }) => kind !== 'event')).toEqual([]);
  const events = decoded.map((outcome) => (outcome.kind === 'event' ? outcome.event : undefined));
  const host = 'host-1';
  expect(events.slice(0, 4)).toEqual([
    {
      kind: 'create_tap_service',
      host,
      tunnelAddress: null,
      recast: false,
      tapService: { id: tapService?.id, taasId: 3900, portId: portId(1) },
    },
    {
      kind: 'create_tap_flow',
      host,
      recast: false,
      tapFlow: {
        id: tapFlow?.id,
        tapServiceId: tapService?.id,
        sourcePortId: portId(2),
        sourceMac: '00:00:00:00:00:00',
        direction: 'IN',
        vlanFilter: [{ first: 1, last: 3 }],
      },
    },
    { kind: 'delete_tap_flow', host, id: tapFlow?.id },
    { kind: 'delete_tap_service', host, id: tapService?.id },
  ]);
  expect(events.slice(4).map((event) => event?.kind)).toEqual([
    'create_tap_service',
    'create_tap_service',
    'taps_snapshot',
    'request_ports',
  ]);
});
