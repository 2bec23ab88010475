import { capture } from '../support/capture.ts';
import type { JoinedHost, JoinedHosts } from '../support/joined-hosts.ts';
import { settle } from '../support/settle.ts';
import { type Crossing, captureUnderlay } from '../support/underlay-capture.ts';
import type { Vm } from '../support/vm.ts';

/** What was seen while frames were sent: all that crossed between hosts, and what came to each of some VMs. */
export interface Watched {
  readonly crossings: readonly Crossing[];
  readonly received: readonly (readonly Buffer[])[];
}

/** Waits until no switch has anything left to forward. */
export async function settleAll({ hosts }: Pick<JoinedHosts, 'hosts'>): Promise<void> {
  await settle(...hosts.map(({ on }) => on));
}

/** Watches the underlay and some VMs while frames are sent, and until all have arrived. */
export async function watchWhile(
  joined: Pick<JoinedHosts, 'hosts' | 'underlay'>,
  vms: readonly Vm[],
  send: () => Promise<unknown>,
): Promise<Watched> {
  const between = await captureUnderlay(joined.underlay);
  const captures = await Promise.all(vms.map((vm) => capture(vm, { direction: 'in' })));
  try {
    await send();
    await settleAll(joined);
    const received = await Promise.all(captures.map((one) => one.frames()));
    return { crossings: await between.crossings(), received };
  } finally {
    await Promise.all([between, ...captures].map((one) => one.stop()));
  }
}

/** A crossing in words, hosts by name. A frame is told by its place among those that were sent; -1 is none of them. */
export function crossingWords(
  { from, to, tunnelKey, vid, frame }: Crossing,
  hosts: readonly JoinedHost[],
  sent: readonly Buffer[],
): string {
  const name = (address: string) => hosts.find((host) => host.address === address)?.name ?? address;
  const place = sent.findIndex((each) => each.equals(frame));
  return `${name(from)} > ${name(to)}: key ${tunnelKey}, VID ${vid}, frame ${place}`;
}
