/** The highest value of a VLAN id's 12 bits. */
const MAX_VLAN_ID = 4095;

function isRange(text: string): boolean {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  return first <= last && last <= MAX_VLAN_ID;
}

/**
 * Whether an agent takes the text for a `vlan_filter`: ids and ranges such as "10-20,30". Neutron checks the form only; a filter
 * past 4095 or upside down would be accepted and then match nothing.
 */
export function isVlanFilter(text: string): boolean {
  return text.split(',').every(isRange);
}
