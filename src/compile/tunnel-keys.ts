import type { FlowText } from '../openflow/flow.ts';
import type { FlowTable } from '../openflow/flow-key.ts';
import { isOurs } from './cookie.ts';

const TUNNEL_KEY = /(?:^|,)tun_id=(0x[0-9a-f]+)(?:,|$)/;

/** Whether a flow on br-tun, of whomever, takes frames out of a tunnel by their key. */
export function takesTunnelKey({ match }: Pick<FlowText, 'match'>): boolean {
  return TUNNEL_KEY.test(match);
}

/** The tunnel key whose frames a flow drops, if it does. */
export function guardedKey({ match, actions }: Pick<FlowText, 'match' | 'actions'>): number | undefined {
  const key = actions === 'drop' ? TUNNEL_KEY.exec(match)?.[1] : undefined;
  return key === undefined ? undefined : Number(key);
}

/** The tunnel keys that flows of others match: networks of tenants, whose numbers Neutron gives without looking at ours. */
export function foreignTunnelKeys(tunnel: FlowTable): ReadonlySet<number> {
  const keys = new Set<number>();
  for (const { cookie, match } of tunnel.values()) {
    const key = isOurs(cookie) ? undefined : TUNNEL_KEY.exec(match)?.[1];
    if (key !== undefined) keys.add(Number(key));
  }
  return keys;
}
