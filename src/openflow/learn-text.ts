import type { Learn, LearnSource, LearnSpec } from './action.ts';
import { FIELDS, formatPart, type Part, parsePart, type Style } from './fields.ts';
import { OpenflowError } from './openflow-error.ts';
import { formatValue, parseValue } from './value-text.ts';

const DEFAULT_PRIORITY = 32_768;
const DEFAULT_TABLE = 1;

/** Numbers that come before the specs, in the order in which the switch prints them. */
const NUMBERS = [
  ['idle_timeout', 'idleTimeout'],
  ['hard_timeout', 'hardTimeout'],
  ['fin_idle_timeout', 'finIdleTimeout'],
  ['fin_hard_timeout', 'finHardTimeout'],
] as const;

const hex = (value: bigint) => formatValue('hex', value);
const isWhole = ({ field, offset, bits }: Part) => offset === 0 && bits === FIELDS[field].bits;
const samePart = (a: Part, b: Part) => a.field === b.field && a.offset === b.offset && a.bits === b.bits;

function formatSpec(spec: LearnSpec): string {
  if (spec.kind === 'output') return `output:${formatPart(spec.from)}`;
  const { to, from } = spec;
  if (spec.kind === 'load') {
    return `load:${from.kind === 'value' ? hex(from.value) : formatPart(from.part)}->${formatPart(to)}`;
  }
  if (from.kind === 'field')
    return samePart(from.part, to) ? formatPart(to) : `${formatPart(to)}=${formatPart(from.part)}`;
  return isWhole(to)
    ? `${to.field}=${formatValue(FIELDS[to.field].style, from.value)}`
    : `${formatPart(to)}=${hex(from.value)}`;
}

/** As the switch prints it (learn_format in lib/learn.c). */
export function formatLearn(learn: Learn): string {
  const words = [
    `table=${learn.table}`,
    ...NUMBERS.flatMap(([word, key]) => (learn[key] === 0 ? [] : [`${word}=${learn[key]}`])),
    ...(learn.priority === DEFAULT_PRIORITY ? [] : [`priority=${learn.priority}`]),
    ...(learn.sendFlowRemoved ? ['send_flow_rem'] : []),
    ...(learn.deleteLearned ? ['delete_learned'] : []),
    ...(learn.cookie === 0n ? [] : [`cookie=${hex(learn.cookie)}`]),
  ];
  return `learn(${[...words, ...learn.specs.map(formatSpec)].join(',')})`;
}

function parseLoad(text: string): LearnSpec {
  const [from = '', to = ''] = text.split('->');
  const target = parsePart(to);
  return { kind: 'load', to: target, from: parseSource(from, target, 'hex') };
}

/** Names of parts are in capitals, values never are. */
const isPart = (text: string) => /^[NO]XM_/.test(text);

function parseSource(text: string, { bits }: Part, style: Style): LearnSource {
  if (!isPart(text)) return { kind: 'value', value: parseValue(style, text, bits).value };
  const part = parsePart(text);
  if (part.bits !== bits) throw new OpenflowError('syntax', `${text} has ${part.bits} bits, where ${bits} are wanted`);
  return { kind: 'field', part };
}

function parseMatch(word: string, text: string | undefined): LearnSpec {
  const to = parsePart(word);
  if (text === undefined) return { kind: 'match', to, from: { kind: 'field', part: to } };
  return { kind: 'match', to, from: parseSource(text, to, isWhole(to) ? FIELDS[to.field].style : 'hex') };
}

function parseSpec(each: string): LearnSpec {
  if (each.startsWith('load:')) return parseLoad(each.slice('load:'.length));
  if (each.startsWith('output:')) return { kind: 'output', from: parsePart(each.slice('output:'.length)) };
  const split = each.indexOf('=');
  return split < 0 ? parseMatch(each, undefined) : parseMatch(each.slice(0, split), each.slice(split + 1));
}

const number = (text: string, bits: number) => Number(parseValue('decimal', text, bits).value);

/** Settings of a `learn` by their words. */
const SETTINGS: Readonly<Record<string, (text: string) => Partial<Learn>>> = {
  table: (text) => ({ table: number(text, 8) }),
  priority: (text) => ({ priority: number(text, 16) }),
  cookie: (text) => ({ cookie: parseValue('hex', text, 64).value }),
  send_flow_rem: () => ({ sendFlowRemoved: true }),
  delete_learned: () => ({ deleteLearned: true }),
  ...Object.fromEntries(NUMBERS.map(([word, key]) => [word, (text: string) => ({ [key]: number(text, 16) })])),
};

const DEFAULTS: Learn = {
  kind: 'learn',
  table: DEFAULT_TABLE,
  priority: DEFAULT_PRIORITY,
  cookie: 0n,
  idleTimeout: 0,
  hardTimeout: 0,
  finIdleTimeout: 0,
  finHardTimeout: 0,
  deleteLearned: false,
  sendFlowRemoved: false,
  specs: [],
};

/** Reads what stands in the parentheses, cut at its commas. @throws OpenflowError `syntax` */
export function parseLearn(words: readonly string[]): Learn {
  const settings: Partial<Learn>[] = [];
  const specs: LearnSpec[] = [];
  for (const each of words) {
    const [word = '', text = ''] = each.split('=');
    const setting = Object.hasOwn(SETTINGS, word) ? SETTINGS[word] : undefined;
    if (setting) settings.push(setting(text));
    else specs.push(parseSpec(each));
  }
  return Object.assign({ ...DEFAULTS, specs }, ...settings);
}
