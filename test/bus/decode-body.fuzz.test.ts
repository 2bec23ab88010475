import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tapEvents } from '../../src/bus/bus.ts';
import { inventoryCast } from '../../src/bus/casts.ts';
import { agentReports } from '../../src/bus/control-plane-bus.ts';
import { decodeBody, type Language } from '../../src/bus/decode-body.ts';
import type { AgentEvent } from '../../src/bus/decode-tap-event.ts';
import type { AgentReport } from '../../src/contract/agent-report.ts';
import { type FuzzOptions, fuzzed } from '../chaos/fuzzed.ts';
import { enveloped, fixtures, type Loose } from './neutron-rpc.ts';

const UUID = '7206b550-6f9f-469c-8d51-69d976cb1db6';
const port = { portId: UUID, interfaceName: 'tap', portName: 'p', mac: null, vlan: 7, projectId: null, plugged: true };

/** Neutron's, and those that only our own control plane and agents send. */
const messages: readonly Loose[] = [
  ...fixtures.map((line) => JSON.parse(line.body['oslo.message'])),
  inventoryCast({ host: 'h', tunnelAddress: '192.0.2.1', ports: [port, { ...port, plugged: false }] }),
  { method: 'taps_snapshot', args: { tap_services: [UUID], tap_flows: [] } },
  { method: 'request_ports', args: {} },
];

/** Every path to a value in a message. */
function paths(value: Loose, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  return [[...at], ...Object.keys(value).flatMap((key) => paths(value[key], [...at, key]))];
}

function replaced(message: Loose, path: readonly string[], value: unknown): Loose {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy = Array.isArray(message) ? [...message] : { ...message };
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}

const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary' }),
  fc.uuid(),
  fc.constantFrom(undefined, '', null, 0, 4095, 70_000, '7', 'both', 'direct', '00:00:00:00:00:00', '1-4096', '5-1'),
);

const mutated = fc.constantFrom(...messages).chain((message) =>
  fc
    .array(fc.tuple(fc.constantFrom(...paths(message)), oddValue), { maxLength: 4 })
    // A later path may lead through what an earlier one replaced.
    .map((changes) =>
      changes.reduce((m: Loose, [path, value]) => (reaches(m, path) ? replaced(m, path, value) : m), message),
    ),
);

function reaches(message: Loose, path: readonly string[]): boolean {
  return path.every((_, index) => {
    const parent = path.slice(0, index).reduce((at: Loose, key) => at?.[key], message);
    return typeof parent === 'object' && parent !== null;
  });
}

const cut = fc
  .tuple(fc.constantFrom(...messages), fc.nat(), fc.uint8Array({ maxLength: 8 }))
  .map(([message, at, noise]) => {
    const bytes = Buffer.from(enveloped(message));
    const from = at % bytes.length;
    return Buffer.concat([bytes.subarray(0, from), noise, bytes.subarray(from + noise.length)]);
  });

const body = fc.oneof(
  { weight: 6, arbitrary: mutated.map((message) => Buffer.from(enveloped(message))) },
  { weight: 2, arbitrary: mutated.map((message) => Buffer.from(JSON.stringify(message) ?? '')) },
  { weight: 2, arbitrary: cut },
  { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

/** Answers how often each outcome, and each kind of event, was seen. */
function fuzz<Event extends { readonly kind: string }>(
  language: Language<Event>,
  options: FuzzOptions,
  holds: (event: Event) => void,
) {
  const kinds = new Map<string, number>();
  const count = (kind: string) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  fc.assert(
    fc.property(body, (bytes) => {
      const { outcome } = decodeBody(bytes, language);
      count(outcome.kind);
      if (outcome.kind === 'event') {
        count(outcome.event.kind);
        holds(outcome.event);
      }
      const line = outcome.kind === 'event' ? outcome.remark : outcome.reason;
      if (line !== undefined) expect(line).toMatch(/^[^\n]{1,400}$/);
    }),
    options,
  );
  return kinds;
}

const uuids = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function checkAgentEvent(event: AgentEvent): void {
  if ('host' in event) expect(event.host === null || event.host.length > 0).toBe(true);
  if (event.kind === 'create_tap_service') {
    expect(event.tapService.taasId).toBeGreaterThanOrEqual(1);
    expect(event.tapService.taasId).toBeLessThanOrEqual(4094);
    expect(event.tapService.portId).toMatch(uuids);
  }
  if (event.kind === 'create_tap_flow') {
    expect(['IN', 'OUT', 'BOTH']).toContain(event.tapFlow.direction);
    expect(event.tapFlow.sourceMac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  }
  if (event.kind === 'taps_snapshot') for (const id of event.tapServices) expect(id).toMatch(uuids);
}

function checkAgentReport(report: AgentReport): void {
  expect(report.host).not.toBe('');
  if (report.kind === 'status') expect(report.id).toMatch(uuids);
  if (report.kind !== 'ports') return;
  for (const { portId, interfaceName, portName, projectId, mac, vlan } of report.ports) {
    for (const text of [portId, interfaceName, portName ?? '-', projectId ?? '-'])
      expect(text).toMatch(/^\P{Cc}{1,255}$/u);
    expect(mac ?? '00:00:00:00:00:00').toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    expect(vlan ?? 0).toBeGreaterThanOrEqual(0);
    expect(vlan ?? 0).toBeLessThanOrEqual(4095);
  }
}

// A generator is worth something only when it reaches every outcome.
test('odd messages to agents: never a throw, an event that holds its promises or a reason in one line', () =>
  fuzzed('bus: messages to agents', 5_000, (options) => {
    const kinds = fuzz(tapEvents, options, checkAgentEvent);
    for (const kind of ['event', 'ignored', 'rejected', 'taps_snapshot'])
      expect(kinds.get(kind) ?? 0).toBeGreaterThan(5);
  }));

test('odd messages to the control plane: never a throw, a report that holds its promises or a reason', () =>
  fuzzed('bus: messages to taas-server', 5_000, (options) => {
    const kinds = fuzz(agentReports, options, checkAgentReport);
    for (const kind of ['status', 'sync', 'ports', 'rejected']) expect(kinds.get(kind) ?? 0).toBeGreaterThan(5);
  }));

const inEnvelope = (message: string) => JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': message });

test.each([
  ['a body', (deep: string) => deep],
  ['a message', inEnvelope],
  ['arguments', (deep: string) => inEnvelope(`{"method":"create_tap_flow","args":{"tap_flow_msg":${deep}}}`)],
  ['a report', (deep: string) => inEnvelope(`{"method":"report_ports","args":{"host":"h","ports":${deep}}}`)],
])('%s nested without end is refused with a reason', (_, put) => {
  const body = Buffer.from(put(`${'['.repeat(200_000)}${']'.repeat(200_000)}`));
  for (const { outcome } of [decodeBody(body, tapEvents), decodeBody(body, agentReports)])
    expect(outcome).toEqual({ kind: 'rejected', reason: expect.stringMatching(/^[^\n]{1,200}$/) });
});
