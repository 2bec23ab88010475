import type { FlowText } from '../openflow/flow.ts';
import { readCookie } from './cookie.ts';

/** The taas_id that a flow of stage `deliver` (reg1) or `service` (dl_vlan) is for. */
function taasIdOf({ match }: FlowText): number | undefined {
  const found = /(?:^|,)(?:reg1|dl_vlan)=(0x[0-9a-f]+|\d+)(?:,|$)/.exec(match)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Which service's number stands behind each taas_id in the flows that the switch holds now. */
export function serviceNumbers(observed: readonly FlowText[]): ReadonlyMap<number, number> {
  const numbers = new Map<number, number>();
  for (const flow of observed) {
    const cookie = readCookie(flow.cookie);
    if (cookie?.stage !== 'deliver' && cookie?.stage !== 'service') continue;
    const taasId = taasIdOf(flow);
    if (taasId !== undefined) numbers.set(taasId, cookie.value);
  }
  return numbers;
}
