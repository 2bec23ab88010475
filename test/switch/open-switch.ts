import { Ofctl } from '../../src/openflow/ofctl.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';
import { OvsSwitch } from '../../src/switch/ovs-switch.ts';
import { tables } from '../../src/switch/tables.ts';
import { eventually } from '../support/eventually.ts';
import type { Switch } from '../support/switch.ts';

const names = { integration: 'br-int', tap: 'br-tap', tunnel: 'br-tun' };

/** The agent's view of a switch, started. `close` it. */
export function openSwitch(on: Switch): OvsSwitch {
  const client = new OvsdbClient({ remote: `unix:${on.dbSocket}`, database: 'Open_vSwitch', tables });
  const flows = {
    integration: new Ofctl('integration', on.runDir, names.integration),
    tap: new Ofctl('tap', on.runDir, names.tap),
  };
  const opened = new OvsSwitch({ client, flows, names });
  opened.start();
  return opened;
}

/** Waits until the switch is held; answers its facts. */
export function held(opened: OvsSwitch) {
  return eventually(() => opened.facts(), { what: 'the switch to be held' });
}
