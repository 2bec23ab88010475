import type { ProofRecord, Spread } from '../chaos/record.ts';
import { type RowName, rows } from '../chaos/rows.ts';
import type { Tally } from './passage.ts';

/** On what the proofs were tried. */
export interface Surroundings {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly machine: string;
  /** By name: "Open vSwitch" is "3.1.0". */
  readonly versions: Readonly<Record<string, string>>;
  /** How long all of it took, in seconds. */
  readonly seconds: number;
}

const number = (value: number) => value.toLocaleString('en-US');

/** Three digits are what a measurement of this kind is good for. */
export function durationText(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

function framesText({ sent, lost, doubled, foreign }: Tally): string {
  const copies = `${number(sent)} copies due`;
  if (lost + doubled + foreign === 0) return `${copies}: all came, once each`;
  return `${copies}: ${number(lost)} lost, ${number(doubled)} doubled, ${number(foreign)} foreign`;
}

const spreadText = ([what, { median, worst }]: [string, Spread]) =>
  `${what}: median ${durationText(median)}, worst ${durationText(worst)}`;

function measuredText({ frames, took, counts, failure }: ProofRecord): string {
  const parts = [
    ...(failure === null ? [] : [`fails: ${failure.split('\n')[0]}`]),
    ...Object.entries(took).map(spreadText),
    ...(frames === null ? [] : [framesText(frames)]),
    ...Object.entries(counts).map(([what, count]) => `${number(count)} ${what}`),
  ];
  return parts.join('; ');
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [row(head), `|${head.map(() => '---').join('|')}|`, ...lines.map(row)].join('\n');
}

const heldText = (held: boolean) => (held ? 'yes' : '**no**');

const holds = (proofs: readonly ProofRecord[]) => proofs.length > 0 && proofs.every(({ failure }) => failure === null);

function section(name: RowName, proofs: readonly ProofRecord[]): string {
  const { faults, mustHold } = rows[name];
  const lines = proofs.map((proof) => [
    proof.fault,
    number(proof.times),
    proof.mustHold,
    measuredText(proof),
    heldText(proof.failure === null),
  ]);
  const body = lines.length === 0 ? '**Not tried in this run.**' : table(COLUMNS, lines);
  return `### ${faults}\nMust hold: ${mustHold}.\n\n${body}`;
}

const COLUMNS = ['what was done', 'times', 'what must hold', 'measured', 'holds'];

/** Whether each row was tried, and all of them hold. */
export function allHold(proofs: readonly ProofRecord[]): boolean {
  return names().every((name) => holds(of(name, proofs)));
}

const names = () => Object.keys(rows) as RowName[];
const of = (name: RowName, proofs: readonly ProofRecord[]) => proofs.filter(({ row }) => row === name);

/** A sentence about rows, where there are any. */
function about(some: readonly RowName[], what: string): readonly string[] {
  if (some.length === 0) return [];
  const quoted = some.map((name) => `“${rows[name].faults}”`);
  return [`**${some.length} of ${names().length} rows ${what}**: ${quoted.join(', ')}.`];
}

function verdict(proofs: readonly ProofRecord[]): string {
  if (allHold(proofs)) return `All ${names().length} rows hold.`;
  const untried = names().filter((name) => of(name, proofs).length === 0);
  const failing = names().filter((name) => !untried.includes(name) && !holds(of(name, proofs)));
  return [...about(failing, 'do not hold'), ...about(untried, 'were not tried')].join(' ');
}

/** docs/reliability.md. */
export function reliabilityDocument(
  proofs: readonly ProofRecord[],
  { date, machine, versions, seconds }: Surroundings,
): string {
  const summary = names().map((name) => {
    const { faults, mustHold } = rows[name];
    const times = of(name, proofs).reduce((sum, proof) => sum + proof.times, 0);
    const held = of(name, proofs).length === 0 ? '**not tried**' : heldText(holds(of(name, proofs)));
    return [faults, mustHold, number(times), held];
  });
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Reliability of taas-agent, as measured

<!-- Written by \`npm run test:long\`: do not edit. -->
What an operator may rely on when something breaks, and what came of breaking it on purpose, again and again: with the built
agent, a real Open vSwitch and a real RabbitMQ, and with traffic flowing through tapped ports all the while.

${verdict(proofs)} Measured on ${date}, in ${Math.round(seconds / 60)} minutes, on ${machine}; ${software.join(', ')}.

${table(['fault', 'must hold', 'times', 'holds'], summary)}

## How it is measured
Two VMs talk: one sends numbered frames without a pause, every other one to the second VM alone, the others to everybody. What the first sends and what
the second gets is tapped, and captured at the two ports and at both sensors. A copy is *due* for each frame that was seen at a tapped port; it is
*lost* if it did not come to the sensor, *doubled* if it came again, *foreign* if it is no copy of such a frame. Where a VM moves
or a host dies there are three hosts, joined by Neutron's tunnels: the tapped VM and its peer talk on whichever host they are, and the time is that from when the switch had confirmed the port to the first
copy behind the last one that was lost. Times are those of the captures where
copies are concerned, else those of the test. They hold for this machine, where switch, broker, agent, VMs and the test share ${machine.split(',')[0]}.

To run it again: \`npm run test:long\`, as root on a Debian machine that has nothing else to do. It writes this document anew. \`npm test\` tries the same, three
times each. What is left to chance has a seed, which a failing test names.

## All figures
${names()
  .map((name) => section(name, of(name, proofs)))
  .join('\n\n')}
`;
}
