import { ObserveError } from './observe-error.ts';

/** What a counter counts, for people, and the labels that each of its series has. */
export interface CounterDefinition {
  readonly help: string;
  readonly labels: readonly string[];
  /** It tells how many there are now, and so may fall; it has no labels. */
  readonly gauge?: true;
}

export type CounterDefinitions = Readonly<Record<string, CounterDefinition>>;

type Labels<Definition extends CounterDefinition> = Readonly<Record<Definition['labels'][number], string>>;

type Arguments<Definition extends CounterDefinition> = [Definition['labels'][number]] extends [never]
  ? [by?: number]
  : [labels: Labels<Definition>, by?: number];

type GaugeOf<Definitions> = {
  [Name in keyof Definitions & string]: Definitions[Name] extends { readonly gauge: true } ? Name : never;
}[keyof Definitions & string];
type CounterOf<Definitions> = Exclude<keyof Definitions & string, GaugeOf<Definitions>>;

/** Named counters that only ever grow, and gauges, from 0 at the start of the process. */
export interface Counters<Definitions extends CounterDefinitions> {
  readonly definitions: Definitions;
  /**
   * Adds one, or `by`, to the series with these labels.
   * @throws ObserveError bad-increment when `by` is negative or not finite.
   */
  increment<Name extends CounterOf<Definitions>>(name: Name, ...args: Arguments<Definitions[Name]>): void;
  /** Tells a gauge's value. @throws ObserveError bad-value when that is not finite. */
  set(name: GaugeOf<Definitions>, value: number): void;
  /**
   * All series by their names in Prometheus' text format, sorted: `taas_agent_messages_total{result="rejected"}`. Counters
   * without labels are there from the start, series with labels when they were counted once.
   */
  snapshot(): Readonly<Record<string, number>>;
}

/** Names of metrics and labels as of Prometheus' data model; its convention ends those of counters in _total. */
const COUNTER_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*_total$/;
const GAUGE_NAME = /^(?!.*_total$)[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

function check(name: string, { labels, gauge }: CounterDefinition): void {
  const isNamed = gauge ? GAUGE_NAME.test(name) && labels.length === 0 : COUNTER_NAME.test(name);
  const sound = isNamed && labels.every((label) => LABEL_NAME.test(label));
  if (!sound || new Set(labels).size !== labels.length) {
    throw new ObserveError('bad-counter', `bad name or labels: ${name}{${labels.join(',')}}`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function seriesName(name: string, names: readonly string[], labels: Readonly<Record<string, string>>): string {
  if (names.length === 0) return name;
  const pairs = names.map(
    (key) => `${key}="${(labels[key] ?? '').replace(/[\\"\n]/g, (sign) => ESCAPES[sign] ?? sign)}"`,
  );
  return `${name}{${pairs.join(',')}}`;
}

/** @throws ObserveError bad-counter when a name or a label is none of Prometheus'. */
export function createCounters<const Definitions extends CounterDefinitions>(
  definitions: Definitions,
): Counters<Definitions> {
  const entries = Object.entries<CounterDefinition>(definitions);
  for (const [name, definition] of entries) check(name, definition);
  const unlabelled = entries.filter(([, { labels }]) => labels.length === 0);
  const values = new Map(unlabelled.map(([name]) => [name, 0]));
  return {
    definitions,
    increment: (name, ...args) => {
      const [first, second] = args;
      const labels = typeof first === 'object' ? first : {};
      const by = (typeof first === 'number' ? first : second) ?? 1;
      if (!(by >= 0 && by < Infinity)) throw new ObserveError('bad-increment', `${name} cannot grow by ${by}`);
      const series = seriesName(name, definitions[name]?.labels ?? [], labels);
      values.set(series, (values.get(series) ?? 0) + by);
    },
    set: (name, value) => {
      if (!Number.isFinite(value)) throw new ObserveError('bad-value', `${name} cannot be ${value}`);
      values.set(name, value);
    },
    snapshot: () => Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
