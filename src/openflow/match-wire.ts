import { ByteReader, ByteWriter, fromHex, toHex } from './bytes.ts';
import { bytesOf, FIELD_NAMES, FIELDS, type FieldName, fieldOfHeader, HAS_MASK } from './fields.ts';
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

/** OFPMT_OXM, the one type of match (OpenFlow 1.4 section 7.2.3.1). */
const MATCH_TYPE_OXM = 1;
const MATCH_HEADER_BYTES = 4;

function putField(writer: ByteWriter, field: FieldName, value: bigint, mask: bigint | undefined): void {
  const { header } = FIELDS[field];
  const length = bytesOf(header);
  if (mask === undefined) writer.u32(header).wide(value, length);
  else
    writer
      .u32(header + HAS_MASK + length)
      .wide(value, length)
      .wide(mask, length);
}

/** As OpenFlow has it, id and priority apart, where that can be said so (OpenFlow 1.4 section 7.2.3.8); else all as one. */
function putVlan(writer: ByteWriter, { value, mask = ALL_16 }: FieldTerm): void {
  const id = mask & (VLAN_PRESENT | VLAN_VID);
  const priority = mask & VLAN_PCP;
  if (priority !== 0n && (priority !== VLAN_PCP || (value & id & VLAN_PRESENT) === 0n)) {
    putField(writer, 'vlan_tci', value, mask === ALL_16 ? undefined : mask);
    return;
  }
  if (id !== 0n) putField(writer, 'vlan_vid', value & id, id === (VLAN_PRESENT | VLAN_VID) ? undefined : id);
  if (priority !== 0n) putField(writer, 'vlan_pcp', value >> VLAN_PCP_SHIFT, undefined);
}

const order: ReadonlyMap<string, number> = new Map(FIELD_NAMES.map((name, index) => [name, index]));
const rank = ({ field }: MatchTerm) => order.get(field) ?? order.size;

/** Appends a match: `ofp_match`, padded to eight bytes (OpenFlow 1.4 section 7.2.3). */
export function putMatch(writer: ByteWriter, terms: readonly MatchTerm[]): void {
  const start = writer.size;
  writer.u16(MATCH_TYPE_OXM).u16(0);
  for (const term of terms.toSorted((a, b) => rank(a) - rank(b))) {
    if (term.field === 'opaque') writer.raw(fromHex(term.bytes) ?? new Uint8Array());
    else if (isVlan(term)) putVlan(writer, term);
    else putField(writer, term.field, term.value, term.mask);
  }
  writer.setLength(start + 2, writer.size - start).padFrom(start);
}

function readTerm(header: number, payload: Uint8Array): FieldTerm | undefined {
  const masked = (header & HAS_MASK) !== 0;
  const length = masked ? payload.length / 2 : payload.length;
  const plain = header - payload.length - (masked ? HAS_MASK : 0) + length;
  const field = fieldOfHeader(plain);
  if (field === undefined || FIELDS[field].header !== plain) return undefined;
  const body = new ByteReader(payload);
  return { field, value: body.wide(length), mask: masked ? body.wide(length) : undefined };
}

/** VLAN id and priority, which are apart on the wire, are one term. */
function addTerm(terms: MatchTerm[], { field, value, mask }: FieldTerm): void {
  if (field === 'vlan_vid') addVlan(terms, value, mask ?? VLAN_PRESENT | VLAN_VID);
  else if (field === 'vlan_pcp') addVlan(terms, (value << VLAN_PCP_SHIFT) | VLAN_PRESENT, VLAN_PCP | VLAN_PRESENT);
  else if (field === 'vlan_tci') addVlan(terms, value, mask ?? ALL_16);
  else terms.push({ field, value, mask });
}

/**
 * Takes a match with its padding. Fields that we do not know, or not in this form, are kept as they are.
 * @throws OpenflowError `protocol` where lengths make no sense
 */
export function takeMatch(reader: ByteReader): MatchTerm[] {
  const type = reader.u16();
  const length = reader.u16();
  if (type !== MATCH_TYPE_OXM || length < MATCH_HEADER_BYTES) {
    throw new OpenflowError('protocol', `the switch sent a match of type ${type} and ${length} bytes`);
  }
  const fields = reader.part(length - MATCH_HEADER_BYTES);
  reader.skip(-length & 7);
  const terms: MatchTerm[] = [];
  while (fields.left > 0) {
    const header = fields.u32();
    const payload = fields.raw(bytesOf(header));
    const term = readTerm(header, payload);
    if (term) addTerm(terms, term);
    else terms.push({ field: 'opaque', bytes: toHex(new ByteWriter().u32(header).raw(payload).bytes()) });
  }
  return terms;
}
