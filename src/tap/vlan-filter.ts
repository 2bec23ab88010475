/** An inclusive range of VLAN ids, 0..4095. */
export interface VlanRange {
  readonly first: number;
  readonly last: number;
}

/** The highest value that the 12 bits of a VLAN id can hold; Neutron lets a filter name it. */
export const MAX_VLAN_ID = 4095;

function parseRange(part: string): VlanRange | undefined {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last <= MAX_VLAN_ID ? { first, last } : undefined;
}

/** Adjacent and overlapping ranges become one, in ascending order. */
function merged(ranges: readonly VlanRange[]): VlanRange[] {
  const done: VlanRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = done.at(-1);
    if (previous && range.first <= previous.last + 1) {
      done[done.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) };
    } else {
      done.push(range);
    }
  }
  return done;
}

/**
 * Reads a `vlan_filter` such as "10-20,30" into ascending ranges that neither touch nor overlap.
 * Answers undefined for anything else: an empty string, a range upside down, an id past 4095.
 */
export function parseVlanFilter(text: string): readonly VlanRange[] | undefined {
  const ranges = text.split(',').map(parseRange);
  return ranges.every((range) => range !== undefined) ? merged(ranges) : undefined;
}

/** A value and mask of the 12 VLAN id bits, as an OpenFlow match takes them. */
export interface MaskedVlan {
  readonly value: number;
  readonly mask: number;
}

function blocksOf({ first, last }: VlanRange): MaskedVlan[] {
  const blocks: MaskedVlan[] = [];
  let at = first;
  while (at <= last) {
    let size = 1;
    while (at % (size * 2) === 0 && at + size * 2 - 1 <= last && size < MAX_VLAN_ID + 1) size *= 2;
    blocks.push({ value: at, mask: MAX_VLAN_ID & ~(size - 1) });
    at += size;
  }
  return blocks;
}

/** The fewest masked matches that cover exactly the given disjoint ranges. */
export function maskedVlans(ranges: readonly VlanRange[]): readonly MaskedVlan[] {
  return ranges.flatMap(blocksOf);
}
