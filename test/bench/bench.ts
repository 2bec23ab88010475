/** Measures the built agent: see USAGE in options.ts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { Teller } from '../demo/teller.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { type BenchSwitch, startBenchSwitch } from './bench-switch.ts';
import { describeResults, performanceDocument } from './document.ts';
import { describeMachine } from './machine.ts';
import { measureCreate } from './measure-create.ts';
import { measureOthers } from './measure-others.ts';
import { measureRepair } from './measure-repair.ts';
import { measureRest } from './measure-rest.ts';
import { measureStart } from './measure-start.ts';
import { measureSteps } from './measure-steps.ts';
import { measureSurroundings } from './measure-surroundings.ts';
import { Neutron } from './neutron.ts';
import { type BenchOptions, type Part, parseOptions, planSwitches, type SwitchPlan, USAGE } from './options.ts';
import { watchMachine } from './process-use.ts';
import type { Figures, Results } from './results.ts';
import { type Scope, scopeOf } from './scopes.ts';
import type { BenchBus } from './stage.ts';

const ROOT = join(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/performance.md');
/** How long the machine is watched before each part, to know how busy it is without us. */
const WATCH_MS = 500;

/** Figures as they come in. */
type Draft = { -readonly [Key in keyof Figures]: Figures[Key] };

type Measure = (host: BenchSwitch, bus: BenchBus, scope: Scope, draft: Draft) => Promise<void>;

interface Named {
  readonly text: string;
  readonly measure: Measure;
}

const measures: Readonly<Record<SwitchPlan['parts'][number], Named>> = {
  create: {
    text: 'creates and deletes',
    measure: async (host, bus, { create }, draft) => {
      draft.create = [...draft.create, await measureCreate(host, bus, create)];
    },
  },
  steps: {
    text: 'the steps of a create',
    measure: async (host, bus, { steps }, draft) => {
      draft.steps = await measureSteps(host, bus, steps);
    },
  },
  start: {
    text: 'starts with taps in the journal',
    measure: async (host, bus, { start }, draft) => {
      draft.start = await measureStart(host, bus, start);
    },
  },
  rest: {
    text: 'memory and processor at rest',
    measure: async (host, bus, { rest }, draft) => {
      draft.rest = await measureRest(host, bus, rest);
    },
  },
  others: {
    text: 'messages for other hosts',
    measure: async (host, bus, { others }, draft) => {
      draft.others = await measureOthers(host, bus, others);
    },
  },
  repair: {
    text: 'repair',
    measure: async (host, bus, { repair }, draft) => {
      draft.repair = await measureRepair(host, bus, repair);
    },
  },
};

/** Watches the machine first. */
async function watched(busy: number[], work: () => Promise<void>): Promise<void> {
  const share = watchMachine();
  await delay(WATCH_MS);
  busy.push(share());
  await work();
}

async function onSwitch(
  { ports, parts }: SwitchPlan,
  teller: Teller,
  work: (part: (typeof parts)[number], host: BenchSwitch) => Promise<void>,
) {
  const host = await teller.step(`a switch with ${ports} ports`, () => startBenchSwitch(ports));
  try {
    for (const part of parts) await teller.step(`${ports} ports: ${measures[part].text}`, () => work(part, host));
  } finally {
    await host.on.stop();
  }
}

async function measureAll(options: BenchOptions, bus: BenchBus, teller: Teller): Promise<Omit<Results, 'minutes'>> {
  const machine = await describeMachine(bus.neutron.brokerVersion);
  const scope = scopeOf(options);
  const draft: Draft = { create: [] };
  const busy: number[] = [];
  const has = (part: Part) => options.parts.includes(part);
  if (has('surroundings')) {
    await teller.step('bus and disk', () =>
      watched(busy, async () => {
        draft.surroundings = await measureSurroundings(bus.neutron, scope.surroundings);
      }),
    );
  }
  for (const plan of planSwitches(options)) {
    await onSwitch(plan, teller, (part, host) => watched(busy, () => measures[part].measure(host, bus, scope, draft)));
  }
  return { ...draft, date: new Date(), machine, busy };
}

async function bench(options: BenchOptions): Promise<void> {
  const began = performance.now();
  const steps = planSwitches(options).reduce((sum, { parts }) => sum + 1 + parts.length, 2);
  const teller = new Teller(steps + (options.parts.includes('surroundings') ? 1 : 0));
  await teller.step('building dist/', () => execa('bash', ['test/support/build.sh'], { cwd: ROOT }));
  const broker = await teller.step('RabbitMQ', () => Rabbitmq.start());
  try {
    const neutron = await Neutron.connect(broker.url);
    const measured = await measureAll(options, { broker, neutron }, teller);
    await neutron.close();
    const results = { ...measured, minutes: (performance.now() - began) / 60_000 };
    teller.say(`\n${describeResults(results)}`);
    if (!options.whole) return;
    await writeFile(DOCUMENT, performanceDocument(results));
    teller.say(`written: ${DOCUMENT}`);
  } finally {
    await broker.stop();
  }
}

const args = process.argv.slice(2);
if (args.includes('--help')) process.stdout.write(USAGE);
else await bench(parseOptions(args));
