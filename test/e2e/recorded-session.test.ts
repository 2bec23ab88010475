import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixtures } from '../bus/neutron-rpc.ts';
import type { Reported } from '../support/plugin.ts';
import { type Scene, startScene } from '../support/scene.ts';

/** The host of the recording, where the Python agent ran. */
const HOST = 'vm';
/** Its service is on another host, where copies cannot be sent to yet: the Python agent reported it ACTIVE all the same. */
const SERVICE_ELSEWHERE = '30600908-';

interface Call {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: arguments as Neutron sends them
  readonly args: any;
}

const recorded = fixtures.map(({ delivery, body }) => ({
  toAgents: delivery.exchange.endsWith('_fanout'),
  body: JSON.stringify(body),
  call: JSON.parse(body['oslo.message']) as Call,
}));
const messages = recorded.filter(({ toAgents }) => toAgents);

/** What the Python agent reported of each tap service and tap flow, oldest first. */
function recordedReports(): ReadonlyMap<string, readonly Reported[]> {
  const reports = new Map<string, Reported[]>();
  for (const { call } of recorded.filter(({ call }) => call.method.startsWith('set_'))) {
    reports.set(call.args.msg.id, [...(reports.get(call.args.msg.id) ?? []), call.args.status]);
  }
  return reports;
}

/** The ports on the recorded host, as the messages name them. */
function recordedPorts(): ReadonlyMap<string, string> {
  const dicts = messages.flatMap(({ call: { args } }) =>
    [args.tap_service?.port, args.tap_flow_msg?.port].filter((port) => port?.['binding:host_id'] === HOST),
  );
  return new Map(dicts.map((port) => [port.id, port.mac_address]));
}

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ settings: { host: HOST } });
  for (const [portId, mac] of recordedPorts()) await scene.vm({ name: portId.slice(0, 4), tag: 1, portId, mac });
});
afterAll(() => scene?.stop());

test('a session recorded from a real Neutron gets the reports that the Python agent gave', async () => {
  const expected = recordedReports();
  const own = [...expected.keys()].filter((id) => !id.startsWith(SERVICE_ELSEWHERE));
  const elsewhere = [...expected.keys()].filter((id) => id.startsWith(SERVICE_ELSEWHERE));
  for (const { body, call } of messages) if (call.method.startsWith('create_')) await scene.plugin.send(body);
  await scene.plugin.reported('ACTIVE', ...own);
  for (const { body, call } of messages) if (call.method.startsWith('delete_')) await scene.plugin.send(body);
  await scene.plugin.reported('INACTIVE', ...own, ...elsewhere);
  expect(own.length).toBe(5);
  for (const id of own) expect([id, scene.plugin.reports(id)]).toEqual([id, expected.get(id)]);
  for (const id of elsewhere) expect(scene.plugin.reports(id)).toEqual(['INACTIVE']);
  const sync = scene.plugin.calls().find(({ method }) => method === 'sync_tap_resources');
  expect(sync?.args).toEqual(recorded[0]?.call.args);
});
