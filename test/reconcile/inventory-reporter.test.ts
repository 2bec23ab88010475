import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PortInventory } from '../../src/contract/agent-report.ts';
import { InventoryReporter } from '../../src/reconcile/inventory-reporter.ts';
import { eventually } from '../support/eventually.ts';
import { uuid } from '../tap/builders.ts';
import { Story } from './fakes.ts';

/** A control plane in memory, which may be away, absent or slow. */
class Listener {
  readonly heard: PortInventory[] = [];
  answer: 'sent' | 'unwanted' | Error = 'sent';
  gate: Promise<void> = Promise.resolve();
  asked = 0;

  async send(inventory: PortInventory): Promise<'sent' | 'unwanted'> {
    this.asked += 1;
    await this.gate;
    if (this.answer instanceof Error) throw this.answer;
    if (this.answer === 'sent') this.heard.push(inventory);
    return this.answer;
  }
}

const inventory = (...ports: readonly number[]): PortInventory => ({
  host: 'compute-1',
  tunnelAddress: null,
  ports: ports.map((number) => ({
    portId: uuid('port', number),
    interfaceName: `tap${number}`,
    portName: null,
    mac: null,
    vlan: null,
    projectId: null,
    plugged: true,
  })),
});

let listener: Listener;
let story: Story;
let now: PortInventory | undefined;
let reporter: InventoryReporter;

beforeEach(() => {
  listener = new Listener();
  story = new Story();
  now = inventory(1);
  reporter = new InventoryReporter({ read: () => now, port: listener, trace: story.tell });
  reporter.tellAgain();
});
afterEach(() => reporter.stop());

const heard = (count: number) =>
  eventually(() => listener.heard.length === count, { what: `${count} inventories to be heard` });

/** The worker has nothing left to do once it has come round without sending. */
async function settled(): Promise<void> {
  const before = listener.asked;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(listener.asked).toBe(before);
}

test('it tells all ports at its start, then whatever changed, and nothing twice', async () => {
  reporter.start();
  await heard(1);
  reporter.wake();
  await settled();
  now = inventory(1, 2);
  reporter.wake();
  await heard(2);
  expect(listener.heard).toEqual([inventory(1), inventory(1, 2)]);
});

test('changes that come while one is on its way are told together, the latest last', async () => {
  const gate = Promise.withResolvers<void>();
  listener.gate = gate.promise;
  reporter.start();
  await eventually(() => listener.asked === 1, { what: 'the first to be on its way' });
  for (const ports of [[1, 2], [1, 2, 3], [4]]) {
    now = inventory(...ports);
    reporter.wake();
  }
  gate.resolve();
  await heard(2);
  await settled();
  expect(listener.heard.at(-1)).toEqual(inventory(4));
});

test('a switch that is away has told nothing: what was said of its ports stays', async () => {
  reporter.start();
  await heard(1);
  now = undefined;
  reporter.wake();
  await settled();
  now = inventory(1);
  reporter.wake();
  await settled();
  expect(listener.heard).toHaveLength(1);
});

test('who asks is told again, though nothing has changed', async () => {
  reporter.start();
  await heard(1);
  reporter.tellAgain();
  await heard(2);
});

test('where nobody listens it falls silent until somebody asks', async () => {
  listener.answer = 'unwanted';
  reporter.start();
  await eventually(() => story.of('inventory-unwanted').length === 1, { what: 'it to notice' });
  now = inventory(2);
  reporter.wake();
  await settled();
  listener.answer = 'sent';
  reporter.tellAgain();
  await heard(1);
  expect(listener.heard).toEqual([inventory(2)]);
});

test('who asks while an answer to nobody is on its way is told', async () => {
  const gate = Promise.withResolvers<void>();
  listener.gate = gate.promise;
  listener.answer = 'unwanted';
  reporter.start();
  await eventually(() => listener.asked === 1, { what: 'the first to be on its way' });
  reporter.tellAgain();
  gate.resolve();
  await eventually(() => listener.asked === 2, { what: 'another' });
});

test('what could not be sent is sent again', async () => {
  listener.answer = new Error('disconnected');
  reporter.start();
  await eventually(() => story.of('inventory-failed').length === 2, { what: 'two failures' });
  listener.answer = 'sent';
  await heard(1);
});
