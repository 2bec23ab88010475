import { COOKIE_MASK, COOKIE_PREFIX } from '../../src/compile/cookie.ts';
import type { FlowBridge } from '../../src/openflow/flow.ts';
import { OpenflowSession, type SessionOptions } from '../../src/openflow/openflow-session.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { OvsSwitch, type OvsSwitchOptions } from '../../src/switch/ovs-switch.ts';
import { tables } from '../../src/switch/tables.ts';
import { eventually } from '../support/eventually.ts';
import type { Switch } from '../support/switch.ts';

const names = { integration: 'br-int', tap: 'br-tap', tunnel: 'br-tun' };

/** A session with a bridge of ours, not started. `close` it. */
export function openSession(
  on: Pick<Switch, 'runDir'>,
  bridge: FlowBridge,
  { name = names[bridge], ...limits }: { readonly name?: string } & Pick<SessionOptions, 'limits'> = {},
): OpenflowSession {
  const ours = { cookie: COOKIE_PREFIX, mask: COOKIE_MASK };
  return new OpenflowSession({ bridge, remote: `unix:${on.runDir}/${name}.mgmt`, ours, ...limits });
}

/** The agent's view of a switch, started. `close` it. */
export function openSwitch(on: Switch, patience: Pick<OvsSwitchOptions, 'patience'> = {}): OvsSwitch {
  const client = new OvsdbClient({ remote: `unix:${on.dbSocket}`, database: 'Open_vSwitch', tables });
  const flows = { integration: openSession(on, 'integration'), tap: openSession(on, 'tap'), tunnel: undefined };
  const opened = new OvsSwitch({ client, flows, names, ...patience });
  opened.start();
  return opened;
}

/** Waits until the switch is held; answers its facts. */
export function held(opened: OvsSwitch) {
  return eventually(() => opened.facts(), { what: 'the switch to be held' });
}
