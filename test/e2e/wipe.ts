import { NEUTRON_COOKIE } from '../support/create-bridge.ts';
import type { Switch } from '../support/switch.ts';

export const OUR_COOKIE = '0x7461617300000000/0xffffffff00000000';

/** As Neutron's agent does when it restarts: every flow whose cookie is not its own goes. */
async function neutronCleanUp(on: Switch): Promise<void> {
  const cookies = (await on.dumpFlows('br-int')).map((flow) => /cookie=(0x[0-9a-f]+)/.exec(flow)?.[1] ?? '0x0');
  for (const cookie of new Set(cookies)) {
    if (cookie !== NEUTRON_COOKIE) await on.ofctl('del-flows', 'br-int', `cookie=${cookie}/-1`);
  }
}

const ofBrTap = (on: Switch) => on.ofctl('del-flows', 'br-tap');
const ofBrInt = (on: Switch) => on.ofctl('del-flows', 'br-int', `cookie=${OUR_COOKIE}`);

/** What somebody may do to our flows and rows behind our back. */
export const wipes: readonly (readonly [string, (on: Switch) => Promise<unknown>])[] = [
  ['all flows of br-tap', ofBrTap],
  ['our flows of br-int', ofBrInt],
  ['the flows of br-int that are not Neutron’s', neutronCleanUp],
  [
    'our flows of both bridges',
    async (on) => {
      await ofBrTap(on);
      await ofBrInt(on);
    },
  ],
  ['our mirrors', (on) => on.vsctl('clear', 'Bridge', 'br-int', 'mirrors')],
  [
    'our mirrors and our flows of both bridges',
    async (on) => {
      await on.vsctl('clear', 'Bridge', 'br-int', 'mirrors');
      await ofBrTap(on);
      await ofBrInt(on);
    },
  ],
];
