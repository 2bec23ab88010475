import type { FieldName } from './fields.ts';

/**
 * What a flow wants of one field: those bits of `value` that `mask` has, or all. VLANs are one term, `vlan_tci`, whose 16 bits
 * are priority, the bit for "there is a tag", and the VLAN id (ovs-fields(7), "VLAN"), whichever way they came.
 */
export interface FieldTerm {
  readonly field: FieldName;
  readonly value: bigint;
  readonly mask: bigint | undefined;
}

/** A field that we do not know: header, value and mask as they stand on the wire, in hex. */
export interface OpaqueTerm {
  readonly field: 'opaque';
  readonly bytes: string;
}

export type MatchTerm = FieldTerm | OpaqueTerm;

export const VLAN_VID = 0x0fffn;
export const VLAN_PRESENT = 0x1000n;
export const VLAN_PCP = 0xe000n;
export const VLAN_PCP_SHIFT = 13n;
export const ALL_16 = 0xffffn;

/** A term on the VLAN header, in the form above. */
export type VlanTerm = FieldTerm & { readonly field: 'vlan_tci' };

export function isVlan(term: MatchTerm): term is VlanTerm {
  return term.field === 'vlan_tci';
}

/** Adds what is wanted of the VLAN header to what is wanted of it already. */
export function addVlan(terms: MatchTerm[], value: bigint, mask: bigint): void {
  const at = terms.findIndex(isVlan);
  const present = terms.find(isVlan);
  const joined = (present ? (present.mask ?? ALL_16) : 0n) | mask;
  const term: VlanTerm = {
    field: 'vlan_tci',
    value: ((present?.value ?? 0n) & ~mask) | (value & mask),
    mask: joined === ALL_16 ? undefined : joined,
  };
  if (at < 0) terms.push(term);
  else terms[at] = term;
}
