import type { Style } from './fields.ts';
import { OpenflowError } from './openflow-error.ts';
import { formatPort, parsePort } from './ports.ts';

/** Text of a value of so many bits. */
interface Notation {
  readonly format: (value: bigint) => string;
  readonly parse: (text: string) => bigint | undefined;
}

const hex = (value: bigint) => `0x${value.toString(16)}`;
/** As C's %#x, in which the switch prints numbers: 0 stays 0. */
const sharpHex = (value: bigint) => (value === 0n ? '0' : hex(value));

function parseInteger(text: string): bigint | undefined {
  return /^(\d+|0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : undefined;
}

function formatMac(value: bigint): string {
  return value
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?=.)/g, '$&:');
}

function parseMac(text: string): bigint | undefined {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? BigInt(`0x${text.replaceAll(':', '')}`) : undefined;
}

function formatIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 0xff)) return undefined;
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

const GROUPS = 8;

/** Addresses that hold one of IPv4 end in it, as inet_ntop(3) has it: `::ffff:192.0.2.1`, and `::192.0.2.1`. */
function holdsIpv4(value: bigint): boolean {
  return value >> 32n === 0xffffn || (value >> 32n === 0n && value > 0xffffn);
}

/** RFC 5952: the longest run of zero groups is `::`; of two as long the first. */
function formatIpv6(value: bigint): string {
  if (holdsIpv4(value)) return `${value >> 32n === 0n ? '::' : '::ffff:'}${formatIpv4(value)}`;
  const groups = Array.from({ length: GROUPS }, (_, index) => (value >> BigInt(16 * (GROUPS - 1 - index))) & 0xffffn);
  const words = groups.map((group) => group.toString(16)).join(':');
  const runs = [...words.matchAll(/(?<![0-9a-f])0(?::0(?![0-9a-f]))+/g)];
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '');
  if (longest === '') return words;
  const at = runs.find(([run]) => run === longest)?.index ?? 0;
  const before = words.slice(0, at).replace(/:$/, '');
  return `${before}::${words.slice(at + longest.length).replace(/^:/, '')}`;
}

function parseGroups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => BigInt(`0x${group}`))
    : undefined;
}

/** The last two groups may be written as an address of IPv4. */
function groupsOnly(text: string): string {
  const dotted = /[\d.]*$/.exec(text)?.[0] ?? '';
  const value = dotted.includes('.') ? parseIpv4(dotted) : undefined;
  if (value === undefined) return text;
  return `${text.slice(0, -dotted.length)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = groupsOnly(text).split('::');
  const [head, tail] = [parseGroups(halves[0] ?? ''), parseGroups(halves[1] ?? '')];
  if (!head || !tail || halves.length > 2) return undefined;
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

const NOTATIONS: Readonly<Record<Style, Notation>> = {
  hex: { format: sharpHex, parse: parseInteger },
  decimal: { format: String, parse: parseInteger },
  mac: { format: formatMac, parse: parseMac },
  ipv4: { format: formatIpv4, parse: parseIpv4 },
  ipv6: { format: formatIpv6, parse: parseIpv6 },
  port: { format: (value) => formatPort(Number(value)), parse: (text) => BigInt(parsePort(text)) },
};

/** A mask of so many leading ones, or undefined when it is none. */
function prefixLength(mask: bigint, bits: number): number | undefined {
  const length = mask.toString(2).padStart(bits, '0').indexOf('0');
  const ones = length < 0 ? bits : length;
  return mask === prefixMask(ones, bits) ? ones : undefined;
}

function prefixMask(length: number, bits: number): bigint {
  return ((1n << BigInt(length)) - 1n) << BigInt(bits - length);
}

const widthOf = (style: Style) => (style === 'ipv4' ? 32 : style === 'ipv6' ? 128 : undefined);

/** A value, and the mask if it has one, as ovs-fields(7) writes it: addresses with their prefix length where it is one. */
export function formatValue(style: Style, value: bigint, mask?: bigint): string {
  const { format } = NOTATIONS[style];
  if (mask === undefined) return format(value);
  const width = widthOf(style);
  const prefix = width === undefined ? undefined : prefixLength(mask, width);
  if (prefix !== undefined) return `${format(value)}/${prefix}`;
  // A mask written in decimal would say little.
  return style === 'decimal' ? `${hex(value)}/${hex(mask)}` : `${format(value)}/${format(mask)}`;
}

function parseOne(style: Style, text: string, bits: number, whole: string): bigint {
  const value = NOTATIONS[style].parse(text);
  if (value === undefined) throw new OpenflowError('syntax', `not a value of this field: ${whole}`);
  if (value >> BigInt(bits) !== 0n) throw new OpenflowError('syntax', `a value of ${bits} bits is wanted: ${whole}`);
  return value;
}

function parseMask(style: Style, text: string, bits: number, whole: string): bigint {
  const width = widthOf(style);
  if (width === undefined || !/^\d{1,3}$/.test(text)) return parseOne(style, text, bits, whole);
  if (Number(text) > width) throw new OpenflowError('syntax', `a prefix of at most ${width} bits is wanted: ${whole}`);
  return prefixMask(Number(text), width);
}

/** The inverse of formatValue, for a field of so many bits. A mask of all ones is none. @throws OpenflowError `syntax` */
export function parseValue(
  style: Style,
  text: string,
  bits: number,
): { readonly value: bigint; readonly mask: bigint | undefined } {
  const slash = text.indexOf('/');
  if (slash >= 0 && style === 'port') throw new OpenflowError('syntax', `a port cannot be masked: ${text}`);
  if (slash < 0) return { value: parseOne(style, text, bits, text), mask: undefined };
  const mask = parseMask(style, text.slice(slash + 1), bits, text);
  const value = parseOne(style, text.slice(0, slash), bits, text) & mask;
  return { value, mask: mask === (1n << BigInt(bits)) - 1n ? undefined : mask };
}
