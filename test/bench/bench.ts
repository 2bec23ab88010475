/** Measures the built agent: see USAGE in options.ts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { Teller } from '../demo/teller.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { startBenchSwitch } from './bench-switch.ts';
import { describeResults, performanceDocument } from './document.ts';
import { describeMachine } from './machine.ts';
import { FLEET_STEPS, measureFleet } from './measure-fleet.ts';
import { measureSurroundings } from './measure-surroundings.ts';
import { type Draft, measures } from './measures.ts';
import { Neutron } from './neutron.ts';
import { type BenchOptions, parseOptions, planSwitches, type SwitchPlan, USAGE } from './options.ts';
import { watchMachine } from './process-use.ts';
import type { Results } from './results.ts';
import { scopeOf } from './scopes.ts';
import type { BenchBus } from './stage.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/performance.md');

const options = readOptions(process.argv.slice(2));
const scope = scopeOf(options);
const plans = planSwitches(options);
const withSurroundings = options.parts.includes('surroundings');
const withFleet = options.parts.includes('fleet');
const ofSwitches = plans.reduce((sum, { parts }) => sum + 1 + parts.length, 2);
const steps = ofSwitches + (withSurroundings ? 1 : 0) + (withFleet ? FLEET_STEPS : 0);
const teller = new Teller(steps);
const draft: Draft = { create: [] };
const busy: number[] = [];

function readOptions(args: readonly string[]): BenchOptions {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  try {
    return parseOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function watch(): Promise<void> {
  const share = watchMachine();
  await delay(scope.watchSeconds * 1000);
  busy.push(share());
}

/** One part; the machine is watched first. */
function part(text: string, work: () => Promise<void>): Promise<void> {
  return teller.step(text, async () => {
    await watch();
    await work();
  });
}

async function measureOnSwitch({ ports, parts }: SwitchPlan, bus: BenchBus): Promise<void> {
  const host = await teller.step(`a switch with ${ports} ports`, () => startBenchSwitch(ports));
  try {
    for (const name of parts) {
      const { text, into } = measures[name];
      await part(`${ports} ports: ${text}`, () => into(draft, host, bus, scope));
    }
  } finally {
    await host.on.stop();
  }
}

async function measureAll(bus: BenchBus): Promise<Results> {
  const began = performance.now();
  const machine = await describeMachine(bus.neutron.brokerVersion);
  if (withSurroundings) {
    await part('bus and disk', async () => {
      draft.surroundings = await measureSurroundings(bus.neutron, scope.surroundings);
    });
  }
  for (const plan of plans) await measureOnSwitch(plan, bus);
  if (withFleet) {
    await watch();
    draft.fleet = await measureFleet(bus, scope.fleet, (text, work) => teller.step(`fleet: ${text}`, work));
  }
  return { ...draft, date: new Date(), minutes: (performance.now() - began) / 60_000, machine, busy };
}

async function withBus(work: (bus: BenchBus) => Promise<Results>): Promise<Results> {
  const broker = await teller.step('RabbitMQ', () => Rabbitmq.start());
  try {
    const neutron = await Neutron.connect(broker.url);
    try {
      return await work({ broker, neutron });
    } finally {
      // Before the broker ends: the loss of the connection would hide what has failed.
      await neutron.close();
    }
  } finally {
    await broker.stop();
  }
}

await teller.step('building dist/', () => execa('bash', ['test/support/build.sh'], { cwd: ROOT }));
const results = await withBus(measureAll);
teller.say(`\n${describeResults(results)}`);
if (options.whole) {
  await writeFile(DOCUMENT, performanceDocument(results));
  teller.say(`written: ${DOCUMENT}`);
}
