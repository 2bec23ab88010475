import { fromHex } from './bytes.ts';
import { bytesOf, FIELDS, type FieldName, fieldNamed } from './fields.ts';
import {
  ALL_16,
  addVlan,
  type FieldTerm,
  isVlan,
  type MatchTerm,
  VLAN_PCP,
  VLAN_PCP_SHIFT,
  VLAN_PRESENT,
  VLAN_VID,
} from './match-terms.ts';
import { OpenflowError } from './openflow-error.ts';
import { formatValue, parseValue } from './value-text.ts';

const IPV4 = 0x0800n;
const IPV6 = 0x86ddn;

/** One word for an Ethernet type, and perhaps an IP protocol; the longer ones first (ovs-ofctl(8), "Flow Syntax"). */
const PROTOCOLS: readonly (readonly [word: string, type: bigint, protocol?: bigint])[] = [
  ['icmp', IPV4, 1n],
  ['tcp', IPV4, 6n],
  ['udp', IPV4, 17n],
  ['sctp', IPV4, 132n],
  ['icmp6', IPV6, 58n],
  ['tcp6', IPV6, 6n],
  ['udp6', IPV6, 17n],
  ['sctp6', IPV6, 132n],
  ['ip', IPV4],
  ['ipv6', IPV6],
  ['arp', 0x0806n],
  ['rarp', 0x8035n],
  ['mpls', 0x8847n],
  ['mplsm', 0x8848n],
];

/** How the switch calls fields in a match, where that is not the field's own name. */
const WORDS: Partial<Record<FieldName, string>> = {
  eth_src: 'dl_src',
  eth_dst: 'dl_dst',
  eth_type: 'dl_type',
  ip_src: 'nw_src',
  ip_dst: 'nw_dst',
  tcp_src: 'tp_src',
  tcp_dst: 'tp_dst',
  udp_src: 'tp_src',
  udp_dst: 'tp_dst',
};

/** The order in which the switch prints fields, after the word for the protocol (match_format in Open vSwitch's lib/match.c). */
const PRINTED: readonly string[] = [
  ...['reg0', 'reg1', 'reg2', 'reg3', 'reg4', 'reg5', 'reg6', 'reg7', 'tun_id', 'tun_src', 'tun_dst', 'metadata'],
  ...['in_port', 'vlan_tci', 'eth_src', 'eth_dst', 'eth_type', 'ipv6_src', 'ipv6_dst', 'ip_src', 'ip_dst', 'nw_proto'],
  ...['tcp_src', 'tcp_dst', 'udp_src', 'udp_dst', 'opaque'],
];

const hex16 = (value: bigint) => `0x${value.toString(16).padStart(4, '0')}`;

function formatVlan({ value, mask = ALL_16 }: FieldTerm): string {
  const [id, priority] = [mask & VLAN_VID, mask & VLAN_PCP];
  const whole = (id === 0n || id === VLAN_VID) && (priority === 0n || priority === VLAN_PCP) && (id | priority) !== 0n;
  if (whole && (value & mask & VLAN_PRESENT) !== 0n) {
    const words = [
      ...(id === 0n ? [] : [`dl_vlan=${value & VLAN_VID}`]),
      ...(priority === 0n ? [] : [`dl_vlan_pcp=${value >> VLAN_PCP_SHIFT}`]),
    ];
    return words.join(',');
  }
  return mask === ALL_16 ? `vlan_tci=${hex16(value)}` : `vlan_tci=${hex16(value)}/${hex16(mask)}`;
}

function formatTerm(term: MatchTerm): string {
  if (term.field === 'opaque') return `oxm=0x${term.bytes}`;
  if (isVlan(term)) return formatVlan(term);
  const { field, value, mask } = term;
  const word = WORDS[field] ?? field;
  if (field === 'eth_type') return `${word}=${hex16(value)}`;
  return `${word}=${formatValue(FIELDS[field].style, value, mask)}`;
}

const exactly = (terms: readonly MatchTerm[], field: FieldName) => {
  const term = terms.find((each): each is FieldTerm => each.field === field);
  return term?.mask === undefined ? term?.value : undefined;
};

/** A match as the switch prints it; empty when everything matches. */
export function formatTerms(terms: readonly MatchTerm[]): string {
  const [type, protocol] = [exactly(terms, 'eth_type'), exactly(terms, 'nw_proto')];
  const word =
    PROTOCOLS.find(([, itsType, its]) => its !== undefined && itsType === type && its === protocol) ??
    PROTOCOLS.find(([, itsType, its]) => its === undefined && itsType === type);
  const said: readonly string[] = word ? ['eth_type', ...(word[2] === undefined ? [] : ['nw_proto'])] : [];
  const rest = terms.filter(({ field }) => !said.includes(field));
  const sorted = rest.toSorted((a, b) => PRINTED.indexOf(a.field) - PRINTED.indexOf(b.field));
  return [...(word ? [word[0]] : []), ...sorted.map(formatTerm)].join(',');
}

const simple = (field: FieldName, value: bigint): FieldTerm => ({ field, value, mask: undefined });

function parseVlan(word: string, text: string): readonly [value: bigint, mask: bigint] | undefined {
  switch (word) {
    case 'dl_vlan': {
      const id = parseValue('decimal', text, 12).value;
      return [VLAN_PRESENT | id, VLAN_PRESENT | VLAN_VID];
    }
    case 'dl_vlan_pcp':
    case 'vlan_pcp': {
      const priority = parseValue('decimal', text, 3).value << VLAN_PCP_SHIFT;
      return [VLAN_PRESENT | priority, VLAN_PRESENT | VLAN_PCP];
    }
    case 'vlan_vid':
    case 'vlan_tci': {
      const { value, mask } = parseValue('hex', text, word === 'vlan_vid' ? 13 : 16);
      return [value, mask ?? (word === 'vlan_vid' ? VLAN_PRESENT | VLAN_VID : ALL_16)];
    }
    default:
      return undefined;
  }
}

/** `tp_src` is a port of the protocol that the match names. */
function fieldOfWord(word: string, terms: readonly MatchTerm[]): FieldName | undefined {
  const end = /^tp_(src|dst)$/.exec(word)?.[1] as 'src' | 'dst' | undefined;
  if (end === undefined) return fieldNamed(word);
  const protocol = exactly(terms, 'nw_proto');
  if (protocol !== 6n && protocol !== 17n) throw new OpenflowError('syntax', `${word} needs tcp or udp before it`);
  return `${protocol === 6n ? 'tcp' : 'udp'}_${end}`;
}

function parseOpaque(text: string): MatchTerm {
  const bytes = /^0x((?:[0-9a-f]{2}){4,})$/i.exec(text)?.[1] ?? '';
  const raw = fromHex(bytes);
  if (!raw || raw.length < 4 || raw[3] !== raw.length - 4) {
    throw new OpenflowError('syntax', `not the bytes of one field, header and all: oxm=${text}`);
  }
  return { field: 'opaque', bytes: bytes.toLowerCase() };
}

/** Adds what one word says. */
function addWord(terms: MatchTerm[], each: string): void {
  const protocol = PROTOCOLS.find(([word]) => word === each);
  if (protocol) {
    const [, type, number] = protocol;
    terms.push(simple('eth_type', type));
    if (number !== undefined) terms.push(simple('nw_proto', number));
    return;
  }
  const split = each.indexOf('=');
  const [word, text] = [each.slice(0, split), each.slice(split + 1)];
  const vlan = parseVlan(word, text);
  const field = split < 0 || vlan || word === 'oxm' ? undefined : fieldOfWord(word, terms);
  if (vlan) addVlan(terms, ...vlan);
  else if (word === 'oxm') terms.push(parseOpaque(text));
  else if (field) terms.push({ field, ...parseValue(FIELDS[field].style, text, bytesOf(FIELDS[field].header) * 8) });
  else throw new OpenflowError('syntax', `not a match that we know: ${each}`);
}

/** The inverse of formatTerms, and more of what ovs-ofctl(8) takes. @throws OpenflowError `syntax` */
export function parseTerms(text: string): readonly MatchTerm[] {
  const terms: MatchTerm[] = [];
  for (const word of text.split(',')) if (word !== '') addWord(terms, word);
  return terms;
}
