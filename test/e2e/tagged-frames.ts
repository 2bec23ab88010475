import { BROADCAST, ethernet, numbered, type VlanTag } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import type { Vm } from '../support/vm.ts';

export const NO_TAG: readonly VlanTag[] = [];
export const PRIORITY: readonly (readonly VlanTag[])[] = [[{ vid: 0 }], [{ vid: 0, pcp: 5 }]];
export const SINGLE: readonly (readonly VlanTag[])[] = [
  [{ vid: 7 }],
  [{ vid: 7, pcp: 5 }],
  [{ vid: 4094 }],
  [{ vid: 4095 }],
  [{ tpid: 0x88a8, vid: 20 }],
];
const DOUBLE: readonly (readonly VlanTag[])[] = [
  [{ tpid: 0x88a8, vid: 20 }, { vid: 7 }],
  [
    { tpid: 0x88a8, vid: 20, pcp: 3 },
    { vid: 0, pcp: 2 },
  ],
  [{ vid: 20 }, { vid: 7 }],
  [{ vid: 0 }, { vid: 7 }],
  [{ vid: 1 }, { vid: 2 }, { vid: 3 }],
];
/** No tag, priority tags, one tag, and several. */
export const EVERY = [NO_TAG, ...PRIORITY, ...SINGLE, ...DOUBLE];

/** Broadcasts of a VM, one with each of these stacks of tags, from the outside in. */
export function taggedFrames({ mac: src }: Vm, stacks: readonly (readonly VlanTag[])[]): readonly Buffer[] {
  const ip = { src: '10.0.0.1', dst: '10.0.0.255' };
  return stacks.map((tags, index) =>
    ethernet({ src, dst: BROADCAST, tags }, ipv4(ip, udp(9, 9, numbered('tags', index)))),
  );
}
