/** The first and the last of the numbers that tap services get. */
export interface TaasIdRange {
  readonly first: number;
  readonly last: number;
}

/** A `taas_id` is also the VLAN of the copies: 4095 is reserved (IEEE 802.1Q), and 0 means none. */
const MOST = 4094;

/** Reads "FIRST..LAST"; undefined when it is something else, or leaves nothing. */
export function parseTaasIdRange(text: string): TaasIdRange | undefined {
  const match = /^([1-9]\d{0,3})\.\.([1-9]\d{0,3})$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  return first <= last && last <= MOST ? { first, last } : undefined;
}

export function formatTaasIdRange({ first, last }: TaasIdRange): string {
  return `${first}..${last}`;
}
