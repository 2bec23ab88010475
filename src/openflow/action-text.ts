import type { WireAction } from './action.ts';
import { fromHex } from './bytes.ts';
import { bytesOf, FIELDS, fieldNamed, formatPart, parsePart } from './fields.ts';
import { formatLearn, parseLearn } from './learn-text.ts';
import { OpenflowError } from './openflow-error.ts';
import { formatPort, isReserved, PORT_CONTROLLER, parsePort } from './ports.ts';
import { formatValue, parseValue } from './value-text.ts';

const WHOLE_FRAME = 0xffff;

function formatOutput(port: number, maxLength: number): string {
  if (port === PORT_CONTROLLER) return `${formatPort(port)}:${maxLength}`;
  return isReserved(port) ? formatPort(port) : `output:${port}`;
}

function formatResubmit(port: number | undefined, table: number | undefined): string {
  const from = port === undefined ? '' : formatPort(port);
  return port !== undefined && table === undefined ? `resubmit:${from}` : `resubmit(${from},${table ?? ''})`;
}

function formatAction(action: WireAction): string {
  switch (action.kind) {
    case 'output':
      return formatOutput(action.port, action.maxLength);
    case 'output_trunc':
      return `output(port=${formatPort(action.port)},max_len=${action.maxLength})`;
    case 'push_vlan':
      return `push_vlan:0x${action.etherType.toString(16)}`;
    case 'pop_vlan':
      return 'pop_vlan';
    case 'set_field':
      return `set_field:${formatValue(FIELDS[action.field].style, action.value)}->${action.field}`;
    case 'load':
      return `load:${formatValue('hex', action.value)}->${formatPart(action.to)}`;
    case 'move':
      return `move:${formatPart(action.from)}->${formatPart(action.to)}`;
    case 'resubmit':
      return formatResubmit(action.port, action.table);
    case 'learn':
      return formatLearn(action);
    case 'clone':
      return `clone(${formatWireActions(action.actions)})`;
    case 'meter':
      return `meter:${action.id}`;
    case 'goto_table':
      return `goto_table:${action.table}`;
    case 'opaque-action':
      return `action:0x${action.bytes}`;
    case 'opaque-instruction':
      return `instruction:0x${action.bytes}`;
  }
}

/** Actions as the switch prints them. */
export function formatWireActions(actions: readonly WireAction[]): string {
  return actions.length === 0 ? 'drop' : actions.map(formatAction).join(',');
}

/** Cuts at the commas that stand outside of parentheses. @throws OpenflowError `syntax` */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let [depth, start] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '(') depth += 1;
    else if (sign === ')') depth -= 1;
    else if (sign === ',' && depth === 0) {
      words.push(text.slice(start, at));
      start = at + 1;
    }
    if (depth < 0) break;
  }
  if (depth !== 0) throw new OpenflowError('syntax', `parentheses that do not fit: ${text}`);
  return [...words, text.slice(start)];
}

function number(text: string | undefined, bits: number, what: string): number {
  if (text === undefined || !/^(\d+|0x[0-9a-f]+)$/i.test(text) || Number(text) >= 2 ** bits) {
    throw new OpenflowError('syntax', `${what} wants a number of ${bits} bits, not ${text ?? 'nothing'}`);
  }
  return Number(text);
}

function parseOutput(text: string, whole: string): WireAction {
  const list = /^\(port=(\w+),max_len=(\d+)\)$/.exec(text);
  if (list) return { kind: 'output_trunc', port: parsePort(list[1] ?? ''), maxLength: number(list[2], 32, whole) };
  return { kind: 'output', port: parsePort(text.replace(/^:/, '')), maxLength: 0 };
}

function parseSetField(text: string): WireAction {
  const [value = '', name = ''] = text.split('->');
  const field = fieldNamed(name);
  if (!field) throw new OpenflowError('syntax', `not a field that we know: ${name}`);
  const { style, header } = FIELDS[field];
  const parsed = parseValue(style, value, bytesOf(header) * 8);
  if (parsed.mask !== undefined)
    throw new OpenflowError('syntax', `set_field has no mask in OpenFlow 1.4, load has: ${text}`);
  return { kind: 'set_field', field, value: parsed.value };
}

function parseLoad(text: string): WireAction {
  const [value = '', name = ''] = text.split('->');
  const to = parsePart(name);
  return { kind: 'load', to, value: parseValue('hex', value, Math.min(to.bits, 64)).value };
}

function parseMove(text: string): WireAction {
  const [first = '', second = ''] = text.split('->');
  const [from, to] = [parsePart(first), parsePart(second)];
  if (from.bits !== to.bits) throw new OpenflowError('syntax', `as many bits must come as go: ${text}`);
  return { kind: 'move', from, to };
}

function parseResubmit(text: string, whole: string): WireAction {
  const list = /^\((\w*),(\d*)\)$/.exec(text);
  if (!list) return { kind: 'resubmit', port: parsePort(text.replace(/^:/, '')), table: undefined };
  const [, port = '', table = ''] = list;
  return {
    kind: 'resubmit',
    port: port === '' ? undefined : parsePort(port),
    table: table === '' ? undefined : number(table, 8, whole),
  };
}

function parseBytes(text: string, whole: string): string {
  const hex = /^0x(.*)$/i.exec(text)?.[1] ?? '';
  const bytes = fromHex(hex);
  const length = bytes && new DataView(bytes.buffer).byteLength >= 8 ? new DataView(bytes.buffer).getUint16(2) : 0;
  if (!bytes || length !== bytes.length)
    throw new OpenflowError('syntax', `not the bytes of one, header and all: ${whole}`);
  return hex.toLowerCase();
}

const inParentheses = (text: string) => (/^\(.*\)$/.test(text) ? text.slice(1, -1) : text);

/** What each word is followed by, and what it means. */
const PARSERS: Readonly<Record<string, (text: string, whole: string) => WireAction>> = {
  output: parseOutput,
  pop_vlan: () => ({ kind: 'pop_vlan' }),
  push_vlan: (text, whole) => ({ kind: 'push_vlan', etherType: number(text.slice(1), 16, whole) }),
  set_field: (text) => parseSetField(text.slice(1)),
  load: (text) => parseLoad(text.slice(1)),
  move: (text) => parseMove(text.slice(1)),
  resubmit: parseResubmit,
  learn: (text) => parseLearn(splitWords(inParentheses(text))),
  clone: (text) => ({ kind: 'clone', actions: parseWireActions(inParentheses(text)) }),
  meter: (text, whole) => ({ kind: 'meter', id: number(text.slice(1), 32, whole) }),
  goto_table: (text, whole) => ({ kind: 'goto_table', table: number(text.slice(1), 8, whole) }),
  action: (text, whole) => ({ kind: 'opaque-action', bytes: parseBytes(text.slice(1), whole) }),
  instruction: (text, whole) => ({ kind: 'opaque-instruction', bytes: parseBytes(text.slice(1), whole) }),
  controller: (text, whole) => ({
    kind: 'output',
    port: PORT_CONTROLLER,
    maxLength: text === '' ? WHOLE_FRAME : number(text.slice(1), 16, whole),
  }),
};

function parseAction(whole: string): WireAction {
  const [, name = '', text = ''] = /^(\w+)(.*)$/s.exec(whole) ?? [];
  const word = name === 'CONTROLLER' ? 'controller' : name;
  if (Object.hasOwn(PARSERS, word)) return PARSERS[word]?.(text, whole) as WireAction;
  if (text !== '' || /^\d/.test(name)) throw new OpenflowError('syntax', `not an action that we know: ${whole}`);
  return { kind: 'output', port: reservedPort(name), maxLength: 0 };
}

function reservedPort(name: string): number {
  try {
    return parsePort(name);
  } catch (cause) {
    throw new OpenflowError('syntax', `not an action that we know: ${name}`, { cause });
  }
}

/** The inverse of formatWireActions. @throws OpenflowError `syntax` */
export function parseWireActions(text: string): readonly WireAction[] {
  return text === 'drop' || text === '' ? [] : splitWords(text).map(parseAction);
}
