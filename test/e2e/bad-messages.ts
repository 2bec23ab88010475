import { enveloped, type Loose, rpcMessage } from '../bus/neutron-rpc.ts';

/** A message that cannot be used, and what the log must say of it. */
export interface BadMessage {
  readonly name: string;
  readonly body: string | Buffer;
  /** A part of the reason. */
  readonly reason: string;
  readonly result: 'rejected' | 'ignored';
}

const MEGABYTES_10 = 10 * 1024 * 1024;

type Spoil = (message: Loose) => void;

function spoilt(name: string, method: string, reason: string, spoil: Spoil): BadMessage {
  const message = rpcMessage(method);
  delete message._unique_id;
  spoil(message);
  return { name, body: enveloped(message), reason, result: 'rejected' };
}

const service = (name: string, reason: string, spoil: Spoil) =>
  spoilt(`create_tap_service with ${name}`, 'create_tap_service', reason, (message) => spoil(message.args.tap_service));
const flow = (name: string, reason: string, spoil: Spoil) =>
  spoilt(`create_tap_flow with ${name}`, 'create_tap_flow', reason, (message) => spoil(message.args.tap_flow_msg));

const wrongTaasIds: readonly unknown[] = [0, 4095, '7', null, 70_000, -1, 1.5, true, [7]];

const bodies: readonly BadMessage[] = [
  { name: 'not JSON', body: 'hello', reason: 'body: expected JSON', result: 'rejected' },
  { name: 'nothing at all', body: '', reason: 'body: expected JSON, got nothing', result: 'rejected' },
  { name: 'bytes', body: Buffer.from([0, 255, 254, 128]), reason: 'body: expected JSON', result: 'rejected' },
  { name: 'a JSON list', body: '[]', reason: 'body: expected a JSON object', result: 'rejected' },
  {
    name: 'another envelope',
    body: '{"oslo.version":"3.0","oslo.message":"{}"}',
    reason: 'oslo.version: expected "2.0"',
    result: 'rejected',
  },
  {
    name: 'an envelope with an object',
    body: '{"oslo.version":"2.0","oslo.message":{}}',
    reason: 'oslo.message: expected a string',
    result: 'rejected',
  },
  {
    name: 'an envelope with half a message',
    body: '{"oslo.version":"2.0","oslo.message":"{\\"method\\":"}',
    reason: 'oslo.message: expected JSON',
    result: 'rejected',
  },
  { name: 'no method', body: enveloped({ args: {} }), reason: 'method: expected the name', result: 'rejected' },
  { name: 'args that are a list', body: enveloped({ method: 'x', args: [] }), reason: 'args:', result: 'rejected' },
  {
    name: 'an unknown method',
    body: enveloped({ method: 'create_tap_worm', args: {} }),
    reason: 'got "create_tap_worm"',
    result: 'rejected',
  },
  {
    name: '10 MB of JSON',
    body: enveloped({ method: 'create_tap_flow', args: { filler: 'x'.repeat(MEGABYTES_10) } }),
    reason: 'body: expected at most',
    result: 'rejected',
  },
  {
    name: 'lists within lists, deeper than any stack',
    body: `{"method":"create_tap_flow","args":{"tap_flow_msg":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`,
    reason: 'tap_flow_msg: expected an object, got a list',
    result: 'rejected',
  },
];

const keys: readonly BadMessage[] = [
  ...wrongTaasIds.map((value) =>
    service(`taas_id ${JSON.stringify(value)}`, 'taas_id: expected a whole number from 1 to 4094', (message) => {
      message.taas_id = value;
    }),
  ),
  service('no taas_id', 'taas_id: expected', (message) => delete message.taas_id),
  service('no tap_service', 'tap_service: expected an object', (message) => delete message.tap_service),
  service('a port that is text', 'port: expected an object', (message) => {
    message.port = 'port';
  }),
  service('an id that is no UUID', 'id: expected a UUID', (message) => {
    message.tap_service.id = '../../etc/passwd';
  }),
  service('no port_id', 'port_id: expected a UUID, got nothing', (message) => delete message.tap_service.port_id),
  flow('direction "both"', 'direction: expected "IN", "OUT" or "BOTH", got "both"', (message) => {
    message.tap_flow.direction = 'both';
  }),
  flow('a MAC that is none', 'port_mac: expected a MAC address', (message) => {
    message.port_mac = 'fa:16:3e:00:00';
  }),
  flow('a MAC with a command in it', 'port_mac: expected a MAC address', (message) => {
    message.port_mac = 'fa:16:3e:00:00:01,actions=NORMAL';
  }),
  flow('a source port that is null', 'source_port: expected a UUID, got null', (message) => {
    message.tap_flow.source_port = null;
  }),
  flow('a filter upside down', 'vlan_filter: expected VLAN ids', (message) => {
    message.tap_flow.vlan_filter = '20-10';
  }),
  spoilt('create_tap_flow for a host that is a number', 'create_tap_flow', 'host: expected the name', (message) => {
    message.args.host = 7;
  }),
  spoilt('create_tap_flow without its message', 'create_tap_flow', 'tap_flow_msg: expected an object', (message) => {
    delete message.args.tap_flow_msg;
  }),
  spoilt('delete_tap_flow of no id', 'delete_tap_flow', 'id: expected a UUID', (message) => {
    delete message.args.tap_flow_msg.tap_flow.id;
  }),
];

const passedOver: readonly BadMessage[] = [
  {
    ...service('an SR-IOV port', '"direct" ports are not on Open vSwitch', (message) => {
      message.port['binding:vnic_type'] = 'direct';
    }),
    result: 'ignored',
  },
  ...['create_tap_mirror', 'delete_tap_mirror'].map(
    (method): BadMessage => ({
      name: method,
      body: enveloped({ method, args: {} }),
      reason: 'tap mirrors are not served',
      result: 'ignored',
    }),
  ),
];

export const badMessages: readonly BadMessage[] = [...bodies, ...keys, ...passedOver];
