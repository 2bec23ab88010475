import type { Action, Flow } from '../openflow/flow.ts';
import { cookieOf } from './cookie.ts';
import { ARRIVE_PRIORITY, DELIVER_PRIORITY, matchVlan, TABLES } from './pipeline.ts';

/**
 * Into a tunnel, with so many bytes of the frame at most as it leaves; null: all of them. Open vSwitch (seen on 3.1) puts changes
 * of tags off until the frame is output, and cuts it before that: by the length that it had, be the tag one of the source's
 * port or none. What goes before a clone that cuts is not put off.
 */
export function intoTunnel(port: number, maxLength: number | null): Action {
  if (maxLength === null) return { kind: 'output', port };
  return { kind: 'clone', actions: [{ kind: 'output', port, maxLength }] };
}

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
