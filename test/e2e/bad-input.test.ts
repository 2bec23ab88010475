import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { enveloped, fixtures, type Loose } from '../bus/neutron-rpc.ts';
import { fuzzed } from '../chaos/fuzzed.ts';
import { eventually } from '../support/eventually.ts';
import { type Scene, startScene } from '../support/scene.ts';
import type { Vm } from '../support/vm.ts';
import { badMessages } from './bad-messages.ts';
import { outDifference } from './copied.ts';
import { countersOf, linesOf, logged } from './log-lines.ts';

let scene: Scene;
let source: Vm;
let sensor: Vm;

beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.stop());
beforeEach(async () => {
  source = await scene.vm({ name: 'source', tag: 5 });
  sensor = await scene.vm({ name: 'sensor', tag: 6 });
});
afterEach(() => scene.reset());

const RESULTS = ['taken', 'rejected', 'ignored', 'duplicate'] as const;
type Result = (typeof RESULTS)[number];

async function results(): Promise<Readonly<Record<Result, number>>> {
  const counters = await countersOf(scene.agent);
  const of = (result: Result) => Number(counters[`taas_agent_messages_total{result="${result}"}`] ?? 0);
  return { taken: of('taken'), rejected: of('rejected'), ignored: of('ignored'), duplicate: of('duplicate') };
}

/** All that was sent before this good message was dealt with, for messages are taken in order; and it works. */
async function nextGoodOneWorks(): Promise<void> {
  await scene.tap(source, sensor, 'OUT');
  expect(await outDifference(scene, source, sensor)).toBe('');
  const link = await scene.broker.connect();
  const channel = await link.createChannel();
  const queue = 'n-taas_agent_fanout.taas-agent.host-1';
  // Ready ones are counted here; unacked ones would be ready again once the agent has ended.
  await scene.agent.stop();
  const emptied = async () => (await channel.checkQueue(queue)).messageCount === 0;
  await eventually(emptied, { what: 'the queue to be empty: everything was acked' });
  await link.close();
  await scene.agent.start();
}

const aboutMessages = ({ msg }: { readonly msg: string }) => /^message (rejected|ignored|duplicate)$/.test(msg);

test('each message that cannot be used is told once with its reason, counted, acked and survived', async () => {
  const before = await results();
  const linesBefore = linesOf(scene.agent, aboutMessages).length;
  for (const { body } of badMessages) await scene.plugin.send(body);
  const lines = (await logged(scene.agent, aboutMessages, linesBefore + badMessages.length)).slice(linesBefore);
  const told = lines.map(({ msg, reason }) => ({ msg, reason: String(reason) }));
  expect(told).toEqual(
    badMessages.map(({ result, reason }) => ({ msg: `message ${result}`, reason: expect.stringContaining(reason) })),
  );
  for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(1000);
  const count = (result: Result) => badMessages.filter((message) => message.result === result).length;
  expect(await results()).toEqual({
    ...before,
    rejected: before.rejected + count('rejected'),
    ignored: before.ignored + count('ignored'),
  });
  expect(linesOf(scene.agent, ({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  expect(scene.agent.process().isRunning()).toBe(true);
  await nextGoodOneWorks();
});

test('a message that comes twice counts once', async () => {
  const { plugin, agent } = scene;
  const service = scene.service(sensor);
  const message = {
    method: 'create_tap_service',
    args: {
      host: 'host-1',
      tap_service: { tap_service: { id: service.id, port_id: sensor.portId }, taas_id: service.taasId, port: null },
    },
    _unique_id: 'the-same-twice',
  };
  const before = await results();
  for (let times = 0; times < 3; times += 1) await plugin.send(enveloped(message));
  await plugin.reported('ACTIVE', service.id);
  await logged(agent, ({ msg }) => msg === 'message duplicate', 2);
  expect(plugin.reports(service.id)).toEqual(['ACTIVE']);
  const { taken, duplicate } = await results();
  expect([taken, duplicate]).toEqual([before.taken + 1, before.duplicate + 2]);
});

test('a delete that comes before its create is answered, and the create is then a new tap', async () => {
  const { plugin } = scene;
  const service = scene.service(sensor);
  const flow = scene.flow(source, service, 'OUT');
  await plugin.deleteFlow(flow);
  await plugin.deleteService(service);
  await plugin.reported('INACTIVE', flow.id, service.id);
  await plugin.createFlow(flow);
  await plugin.createService(service);
  await plugin.reported('ACTIVE', flow.id, service.id);
  expect(await outDifference(scene, source, sensor)).toBe('');
});

/** Values that a key may be given instead of its own. */
const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, '', '4095', 4095, -1, 2 ** 53, 1e308, 'NaN', '__proto__', '\u0000', '%s%n', '-', [], {}),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

const rpcMessages: readonly Loose[] = fixtures.map(({ body }) => JSON.parse(body['oslo.message']));

function pathsOf(value: Loose, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

function changed(value: Loose, path: readonly string[], put: (parent: Loose, key: string) => void): Loose {
  const copy = structuredClone(value);
  let at = copy;
  for (const key of path.slice(0, -1)) at = at?.[key];
  const last = path.at(-1);
  if (typeof at === 'object' && at !== null && last !== undefined) put(at, last);
  return copy;
}

const mutation = (message: Loose) =>
  fc.tuple(fc.constantFrom(...pathsOf(message)), fc.option(oddValue)).map(
    ([path, value]) =>
      (from: Loose): Loose =>
        changed(from, path, (parent, key) => {
          if (value === null) delete parent[key];
          else parent[key] = value;
        }),
  );

/** A real message with one to three keys missing or changed, now and then with bytes of its text turned. */
const mutant = fc.constantFrom(...rpcMessages).chain((message) =>
  fc
    .tuple(fc.array(mutation(message), { minLength: 1, maxLength: 3 }), fc.option(fc.tuple(fc.nat(), fc.nat(255))))
    .map(([mutations, turned]) => {
      const text = enveloped(mutations.reduce((value, mutate) => mutate(value), message));
      const bytes = Buffer.from(text);
      if (turned) bytes[turned[0] % bytes.length] = turned[1];
      return bytes;
    }),
);

/** As many as fast-check can hold at once. */
const PORTION = 500;

test('mutants of real messages are each dealt with, and do not stop it', () =>
  fuzzed('bus: mutants of real messages, through RabbitMQ to the built agent', PORTION, async ({ numRuns, seed }) => {
    const before = await results();
    const sum = (counts: typeof before) => RESULTS.reduce((total, result) => total + counts[result], 0);
    for (let sent = 0; sent < numRuns; sent += PORTION) {
      const bodies = fc.sample(mutant, { numRuns: PORTION, seed: seed + sent });
      // In their order, without waiting for the disk of the broker each time.
      await Promise.all(bodies.map((body) => scene.plugin.send(body)));
    }
    const all = async () => sum(await results()) === sum(before) + numRuns;
    await eventually(all, { what: 'all of them to be counted', timeoutMs: 60_000, intervalMs: 200 });
    expect(scene.agent.process().isRunning()).toBe(true);
    await nextGoodOneWorks();
  }));
