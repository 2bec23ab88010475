import type { FlowTable } from '../openflow/flow-key.ts';
import { readCookie } from './cookie.ts';

/** Which service's number stands behind each carrier in the flows that br-int holds now. */
export function carrierHolders(integration: FlowTable): ReadonlyMap<number, number> {
  const holders = new Map<number, number>();
  for (const { cookie, match } of integration.values()) {
    const read = readCookie(cookie);
    if (read?.stage !== 'service') continue;
    const vid = /(?:^|,)dl_vlan=(\d+)(?:,|$)/.exec(match)?.[1];
    if (vid !== undefined) holders.set(Number(vid), read.value);
  }
  return holders;
}
