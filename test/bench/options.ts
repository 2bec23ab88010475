import { parseArgs } from 'node:util';

/** What can be measured by itself: creates on switches of several sizes, all else on one of the middle size, but for a fleet. */
export const PARTS = ['surroundings', 'create', 'steps', 'start', 'rest', 'others', 'repair', 'fleet'] as const;
export type Part = (typeof PARTS)[number];
/** These need no switch, or have their own. */
type Apart = 'surroundings' | 'fleet';

const SIZES: readonly number[] = [30, 300, 1000];
/** The host of all parts but `create`. */
const MIDDLE = 300;
const SMALLEST = 30;
/** The least that copies can go between, and half of what `taas_id` allows. */
const AGENTS = { least: 2, most: 500 };
const TAPS = { least: 1, most: 50_000 };

export const USAGE = `npm run bench -- [--only PART,...] [--ports N,...] [--smoke]

Measures the built agent with a real Open vSwitch and a real RabbitMQ, and writes docs/performance.md.
  --only PART,...  only these: ${PARTS.join(', ')}; nothing is written
  --ports N,...    on switches with so many ports (all but create: with the first of them); nothing is written
  --agents N       of the fleet; nothing is written
  --taps N         of the fleet, on all its hosts together; nothing is written
  --smoke          everything once, as small as can be, to see that it works; nothing is written
`;

export interface BenchOptions {
  readonly parts: readonly Part[];
  readonly ports: readonly number[];
  readonly smoke: boolean;
  /** The size of the fleet, as far as it was told. */
  readonly fleet: { readonly agents?: number; readonly taps?: number };
  /** Everything is measured as the document has it. */
  readonly whole: boolean;
}

function words(given: string | undefined): readonly string[] | undefined {
  return given?.split(',').map((word) => word.trim());
}

function toPart(word: string): Part {
  const part = PARTS.find((name) => name === word);
  if (!part) throw new RangeError(`--only ${word}: there is no such part; there are ${PARTS.join(', ')}`);
  return part;
}

function toPorts(word: string): number {
  if (!/^\d{1,4}$/.test(word) || Number(word) < SMALLEST) {
    throw new RangeError(`--ports ${word}: a number from ${SMALLEST} to 9999`);
  }
  return Number(word);
}

function toNumber(name: string, word: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d{1,6}$/.test(word) ? Number(word) : Number.NaN;
  if (!(value >= least && value <= most)) throw new RangeError(`--${name} ${word}: a number from ${least} to ${most}`);
  return value;
}

const FLAGS = {
  only: { type: 'string' },
  ports: { type: 'string' },
  agents: { type: 'string' },
  taps: { type: 'string' },
  smoke: { type: 'boolean', default: false },
} as const;

function toFleet({ agents, taps }: { readonly agents?: string; readonly taps?: string }): BenchOptions['fleet'] {
  return {
    ...(agents === undefined ? {} : { agents: toNumber('agents', agents, AGENTS) }),
    ...(taps === undefined ? {} : { taps: toNumber('taps', taps, TAPS) }),
  };
}

/** Throws RangeError, or TypeError of parseArgs, for what is none of the options. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({ args: [...args], options: FLAGS });
  const { smoke } = values;
  const fleet = toFleet(values);
  const [only, ports] = [words(values.only)?.map(toPart), words(values.ports)?.map(toPorts)];
  return {
    parts: PARTS.filter((part) => !only || only.includes(part)),
    ports: ports ?? (smoke ? [SMALLEST] : SIZES),
    smoke,
    fleet,
    whole: !smoke && !only && !ports && Object.keys(fleet).length === 0,
  };
}

/** What is measured on one switch, in this order. */
export interface SwitchPlan {
  readonly ports: number;
  readonly parts: readonly Exclude<Part, Apart>[];
}

/** The switches that are needed, the smallest first. */
export function planSwitches({ parts, ports }: BenchOptions): readonly SwitchPlan[] {
  const onSwitch = parts.filter((part) => part !== 'surroundings' && part !== 'fleet');
  const middle = ports.includes(MIDDLE) ? MIDDLE : (ports[0] ?? MIDDLE);
  const sizes = new Set([...ports, middle]);
  const plans = [...sizes].map((size) => ({
    ports: size,
    parts: onSwitch.filter((part) => (part === 'create' ? ports.includes(size) : size === middle)),
  }));
  return plans.filter((plan) => plan.parts.length > 0).sort((a, b) => a.ports - b.ports);
}
