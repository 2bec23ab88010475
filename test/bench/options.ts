import { parseArgs } from 'node:util';

/** What can be measured by itself: creates on switches of several sizes, all else on one of the middle size. */
export const PARTS = ['surroundings', 'create', 'steps', 'start', 'rest', 'others', 'repair'] as const;
export type Part = (typeof PARTS)[number];

const SIZES: readonly number[] = [30, 300, 1000];
/** The host of all parts but `create`. */
const MIDDLE = 300;
const SMALLEST = 30;

export const USAGE = `npm run bench -- [--only PART,...] [--ports N,...] [--smoke]

Measures the built agent with a real Open vSwitch and a real RabbitMQ, and writes docs/performance.md.
  --only PART,...  only these: ${PARTS.join(', ')}; nothing is written
  --ports N,...    on switches with so many ports (all but create: with the first of them); nothing is written
  --smoke          everything once, as small as can be, to see that it works; nothing is written
`;

export interface BenchOptions {
  readonly parts: readonly Part[];
  readonly ports: readonly number[];
  readonly smoke: boolean;
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

/** Throws RangeError, or TypeError of parseArgs, for what is none of the options. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string' }, ports: { type: 'string' }, smoke: { type: 'boolean', default: false } },
  });
  const { smoke } = values;
  const [only, ports] = [words(values.only)?.map(toPart), words(values.ports)?.map(toPorts)];
  return {
    parts: PARTS.filter((part) => !only || only.includes(part)),
    ports: ports ?? (smoke ? [SMALLEST] : SIZES),
    smoke,
    whole: !smoke && !only && !ports,
  };
}

/** What is measured on one switch, in this order. */
export interface SwitchPlan {
  readonly ports: number;
  readonly parts: readonly Exclude<Part, 'surroundings'>[];
}

/** The switches that are needed, the smallest first. */
export function planSwitches({ parts, ports }: BenchOptions): readonly SwitchPlan[] {
  const onSwitch = parts.filter((part) => part !== 'surroundings');
  const middle = ports.includes(MIDDLE) ? MIDDLE : (ports[0] ?? MIDDLE);
  const sizes = new Set([...ports, middle]);
  const plans = [...sizes].map((size) => ({
    ports: size,
    parts: onSwitch.filter((part) => (part === 'create' ? ports.includes(size) : size === middle)),
  }));
  return plans.filter((plan) => plan.parts.length > 0).sort((a, b) => a.ports - b.ports);
}
