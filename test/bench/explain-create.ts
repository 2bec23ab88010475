import type { LogLine } from '../support/daemon.ts';

/** A part of the time from the cast to the status, in milliseconds. */
export interface TimePart {
  readonly name: string;
  readonly milliseconds: number;
}

export interface CastTimes {
  readonly id: string;
  /** Milliseconds since the epoch; the log's own times are whole ones, cut off, and so these are made. */
  readonly publishedAt: number;
  readonly answeredAt: number;
}

const timeOf = (line: LogLine) => Date.parse(String(line['time']));
const took = (line: LogLine) => Number(line['ms']);

function nameOf({ rows, bridge }: LogLine): string {
  return Array.isArray(rows) ? `transaction: ${rows.join(', ')}` : `bundle of the ${String(bridge)} bridge`;
}

/** The lines of an agent's log from the one where the tap was taken to the one where its status was reported. */
function linesOf(log: readonly LogLine[], id: string): readonly LogLine[] {
  const first = log.findIndex(({ tapFlow, msg }) => tapFlow === id && msg === 'create_tap_flow');
  const last = log.findIndex(({ tapFlow, msg }) => tapFlow === id && msg === 'status reported');
  if (first < 0 || last < first) throw new RangeError(`the log does not tell of ${id}`);
  return log.slice(first, last + 1);
}

/**
 * Where the time of a create went, from outside and from the agent's log at level debug, whose times are whole
 * milliseconds: only means over many creates say something. Throws RangeError where the log does not tell of the tap.
 */
export function explainCreate(
  log: readonly LogLine[],
  { id, publishedAt, answeredAt }: CastTimes,
): readonly TimePart[] {
  const lines = linesOf(log, id);
  const steps = lines
    .filter(({ msg }) => msg === 'step confirmed')
    .map((line) => ({ name: nameOf(line), milliseconds: took(line) }));
  const settled = lines.find(({ msg }) => msg === 'switch brought up to date');
  const [taken] = lines;
  if (!taken || !settled) throw new RangeError(`the log does not tell when the switch was ready for ${id}`);
  const inSteps = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [
    {
      name: 'bus, decoding, journal: until the event is on disk',
      milliseconds: timeOf(taken) - Math.floor(publishedAt),
    },
    ...steps,
    { name: 'between the steps: computing what to do', milliseconds: took(settled) - inSteps },
    { name: 'journal, bus: until Neutron has the status', milliseconds: Math.floor(answeredAt) - timeOf(settled) },
  ];
}

/** The mean of each part over all creates, in the order in which they first occur; a part that one lacks counts as 0 there. */
export function meanParts(creates: readonly (readonly TimePart[])[]): readonly TimePart[] {
  const sums = new Map<string, number>();
  for (const { name, milliseconds } of creates.flat()) sums.set(name, (sums.get(name) ?? 0) + milliseconds);
  return [...sums].map(([name, sum]) => ({ name, milliseconds: sum / creates.length }));
}
