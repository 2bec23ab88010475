import { OpenflowError } from './openflow-error.ts';

/** How a value is written: ovs-fields(7), "Formatting". `port` is a port number, or one of the names of ports.ts. */
export type Style = 'hex' | 'decimal' | 'mac' | 'ipv4' | 'ipv6' | 'port';

/** A field as flows name it. Headers are those of OXM (OpenFlow 1.4 section 7.2.3.2) and NXM (nicira-ext.h), without mask. */
export interface FieldRow {
  readonly style: Style;
  /** Class, field and length in bytes, as they stand in a match or a set_field. */
  readonly header: number;
  /** The name that parts of the field go by in actions, `NXM_NX_REG0` of `NXM_NX_REG0[0..15]`. */
  readonly partName: string;
  /** What stands for partName on the wire. */
  readonly partHeader: number;
  readonly bits: number;
}

const OXM = 0x8000;
const NXM_OF = 0x0000;
const NXM_NX = 0x0001;
const header = (oxmClass: number, field: number, bytes: number) => ((oxmClass << 16) | (field << 9) | bytes) >>> 0;

/** One that OpenFlow and Nicira's extension both have. */
function both(style: Style, bytes: number, oxm: number, nxm: readonly [number, number, string]): FieldRow {
  const [nxmClass, field, partName] = nxm;
  return {
    style,
    header: header(OXM, oxm, bytes),
    partName,
    partHeader: header(nxmClass, field, bytes),
    bits: bytes * 8,
  };
}

function only(style: Style, bytes: number, oxmClass: number, field: number, partName: string): FieldRow {
  const one = header(oxmClass, field, bytes);
  return { style, header: one, partName, partHeader: one, bits: bytes * 8 };
}

const register = (number: number) => only('hex', 4, NXM_NX, number, `NXM_NX_REG${number}`);

/** Fields that others need before them in a match (their prerequisites) come first. */
const rows = {
  reg0: register(0),
  reg1: register(1),
  reg2: register(2),
  reg3: register(3),
  reg4: register(4),
  reg5: register(5),
  reg6: register(6),
  reg7: register(7),
  tun_id: both('hex', 8, 38, [NXM_NX, 16, 'NXM_NX_TUN_ID']),
  tun_src: only('ipv4', 4, NXM_NX, 31, 'NXM_NX_TUN_IPV4_SRC'),
  tun_dst: only('ipv4', 4, NXM_NX, 32, 'NXM_NX_TUN_IPV4_DST'),
  metadata: only('hex', 8, OXM, 2, 'OXM_OF_METADATA'),
  in_port: {
    style: 'port',
    header: header(OXM, 0, 4),
    partName: 'NXM_OF_IN_PORT',
    partHeader: header(NXM_OF, 0, 2),
    bits: 16,
  },
  eth_src: both('mac', 6, 4, [NXM_OF, 2, 'NXM_OF_ETH_SRC']),
  eth_dst: both('mac', 6, 3, [NXM_OF, 1, 'NXM_OF_ETH_DST']),
  eth_type: both('hex', 2, 5, [NXM_OF, 3, 'NXM_OF_ETH_TYPE']),
  vlan_vid: { ...only('decimal', 2, OXM, 6, 'OXM_OF_VLAN_VID'), bits: 12 },
  vlan_pcp: { ...only('decimal', 1, OXM, 7, 'OXM_OF_VLAN_PCP'), bits: 3 },
  vlan_tci: only('hex', 2, NXM_OF, 4, 'NXM_OF_VLAN_TCI'),
  nw_proto: both('decimal', 1, 10, [NXM_OF, 6, 'NXM_OF_IP_PROTO']),
  ip_src: both('ipv4', 4, 11, [NXM_OF, 7, 'NXM_OF_IP_SRC']),
  ip_dst: both('ipv4', 4, 12, [NXM_OF, 8, 'NXM_OF_IP_DST']),
  ipv6_src: both('ipv6', 16, 26, [NXM_NX, 19, 'NXM_NX_IPV6_SRC']),
  ipv6_dst: both('ipv6', 16, 27, [NXM_NX, 20, 'NXM_NX_IPV6_DST']),
  tcp_src: both('decimal', 2, 13, [NXM_OF, 9, 'NXM_OF_TCP_SRC']),
  tcp_dst: both('decimal', 2, 14, [NXM_OF, 10, 'NXM_OF_TCP_DST']),
  udp_src: both('decimal', 2, 15, [NXM_OF, 11, 'NXM_OF_UDP_SRC']),
  udp_dst: both('decimal', 2, 16, [NXM_OF, 12, 'NXM_OF_UDP_DST']),
} satisfies Record<string, FieldRow>;

export type FieldName = keyof typeof rows;

export const FIELDS: Readonly<Record<FieldName, FieldRow>> = rows;
export const FIELD_NAMES = Object.keys(rows) as readonly FieldName[];

/** Names that ovs-fields(7) has beside those above. */
const ALIASES: Readonly<Record<string, FieldName>> = {
  tunnel_id: 'tun_id',
  dl_src: 'eth_src',
  dl_dst: 'eth_dst',
  dl_type: 'eth_type',
  ip_proto: 'nw_proto',
  nw_src: 'ip_src',
  nw_dst: 'ip_dst',
  in_port_oxm: 'in_port',
};

const byHeader = new Map<number, FieldName>(
  FIELD_NAMES.flatMap((name) => [
    [FIELDS[name].partHeader, name],
    [FIELDS[name].header, name],
  ]),
);
const byPartName = new Map<string, FieldName>(FIELD_NAMES.map((name) => [FIELDS[name].partName, name]));

export function fieldNamed(name: string): FieldName | undefined {
  return Object.hasOwn(rows, name) ? (name as FieldName) : Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

/** The field of a header without its mask bit. */
export function fieldOfHeader(oxmHeader: number): FieldName | undefined {
  return byHeader.get(oxmHeader);
}

/** Length of a field's value on the wire, in bytes. */
export function bytesOf(oxmHeader: number): number {
  return oxmHeader & 0xff;
}

/** The bit of a header that tells that a mask follows the value. */
export const HAS_MASK = 0x100;

/** Some bits of a field: `NXM_NX_REG0[0..15]`; `NXM_NX_REG0[]` is all of them. */
export interface Part {
  readonly field: FieldName;
  readonly offset: number;
  readonly bits: number;
}

export function formatPart({ field, offset, bits }: Part): string {
  const { partName, bits: all } = FIELDS[field];
  if (offset === 0 && bits === all) return `${partName}[]`;
  return bits === 1 ? `${partName}[${offset}]` : `${partName}[${offset}..${offset + bits - 1}]`;
}

/** Reads `NXM_NX_REG0[0..15]`, or `reg0[0..15]`, or `reg0`. @throws OpenflowError `syntax` */
export function parsePart(text: string): Part {
  const match = /^(\w+?)(?:\[(?:(\d+)(?:\.\.(\d+))?)?\])?$/.exec(text);
  const name = match?.[1] ?? '';
  const field = byPartName.get(name) ?? fieldNamed(name);
  if (!field) throw new OpenflowError('syntax', `not a field that we know: ${text}`);
  if (match?.[2] === undefined) return { field, offset: 0, bits: FIELDS[field].bits };
  const [first, last] = [Number(match[2]), Number(match[3] ?? match[2])];
  if (last < first || last >= FIELDS[field].bits) {
    throw new OpenflowError('syntax', `${name} has the bits 0 to ${FIELDS[field].bits - 1}, not ${text}`);
  }
  return { field, offset: first, bits: last - first + 1 };
}
