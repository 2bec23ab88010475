import type { Flow } from '../openflow/flow.ts';
import { cookieOf } from './cookie.ts';
import { ARRIVE_PRIORITY, DELIVER_PRIORITY, matchVlan, TABLES } from './pipeline.ts';

/** On br-tap: copies for a service on another host go to br-tun, with the taas_id as their tag. */
export function leaveFlow(number: number, taasId: number, patch: number): Flow {
  return {
    bridge: 'tap',
    table: TABLES.deliver,
    priority: DELIVER_PRIORITY,
    cookie: cookieOf('deliver', number),
    match: { reg1: taasId },
    actions: [
      { kind: 'push_vlan', vid: taasId },
      { kind: 'output', port: patch },
    ],
  };
}

/** On br-tap: copies that br-tun hands over, for a service on this host. */
export function arriveFlow(number: number, taasId: number, patch: number): Flow {
  return {
    bridge: 'tap',
    table: TABLES.capture,
    priority: ARRIVE_PRIORITY,
    cookie: cookieOf('arrive', number),
    match: { inPort: patch, ...matchVlan(taasId) },
    actions: [
      { kind: 'pop_vlan' },
      { kind: 'load', register: 'reg1', value: taasId },
      { kind: 'resubmit', table: TABLES.deliver },
    ],
  };
}
