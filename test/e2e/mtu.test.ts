import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NotifySocket, notifySocket } from '../host/notify-socket.ts';
import { capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { type JoinedHost, type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import { type FlowSpec, newFlow, newService } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import type { Vm } from '../support/vm.ts';
import { countersOf, linesOf, logged, saying } from './log-lines.ts';

const UNDERLAY = 1500;
/** What a VM with an MTU of 1500 sends at most. */
const LONGEST = 1514;
const STATUS = '1 tap whose longest copies do not fit the underlay';

let sent = 0;
/** A frame of so many bytes that is like no other. */
function frameOf(length: number, { mac }: Vm): Buffer {
  sent += 1;
  return ethernet({ src: mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered('mtu', sent, length - 14) });
}

/** What the network between the hosts adds: the outer IP header, those of the tunnel, and the tag of the wire format. */
describe.each([
  ['vxlan', 20 + 8 + 8 + 4],
  ['geneve', 20 + 8 + 8 + 4],
  ['gre', 20 + 8 + 4],
] as const)('through %s tunnels', (tunnels, overhead) => {
  let joined: JoinedHosts;
  let systemd: NotifySocket;
  let here: JoinedHost;
  let there: JoinedHost;
  let source: Vm;
  let sensor: Vm;
  let flow: FlowSpec;

  beforeAll(async () => {
    systemd = await notifySocket(`@taas-mtu-${randomUUID()}`);
    joined = await startJoinedHosts({ hosts: 2, mode: 'neutron', tunnels, agents: false });
    const [first, second] = joined.hosts;
    if (!first || !second) throw new Error('there are two hosts');
    [here, there] = [first, second];
    await joined.underlay.setMtu(here.on, UNDERLAY);
    await here.agent.start(systemd.environment);
    await there.agent.start();
    source = await here.vm({ name: 'source', tag: 5 });
    sensor = await there.vm({ name: 'sensor', tag: 6 });
    const service = newService({ ...sensor, host: there.name }, 7);
    flow = newFlow({ ...source, host: here.name }, service, 'OUT');
    await joined.plugin.createService(service);
    await joined.plugin.createFlow(flow);
    await joined.plugin.reported('ACTIVE', service.id, flow.id);
  });
  afterAll(async () => {
    await joined?.stop();
    await systemd?.stop();
  });

  const warning = saying('the longest copies do not fit the network between the hosts');
  const over = saying('all copies fit the network between the hosts, or the tap flow is gone');
  const warnings = async () => (await countersOf(here.agent))['taas_agent_mtu_warnings'];
  const lastStatus = () =>
    systemd
      .messages()
      .flat()
      .findLast((text) => text.startsWith('STATUS='));

  /** Sends frames of these lengths, and expects copies of these of them. */
  async function expectCopies(lengths: readonly number[], whole: readonly number[]): Promise<void> {
    const seen = await capture(sensor, { direction: 'in' });
    const frames = lengths.map((length) => frameOf(length, source));
    for (const frame of frames) {
      await sendFrames(source, [frame]);
      // One by one: of a batch with a frame that is too long, a userspace datapath also loses the frames behind it.
      await settle(here.on, there.on);
    }
    const due = frames.filter(({ length }) => whole.includes(length));
    expect(compareFrames(await seen.stop(), due)).toBe('');
  }

  test('copies that are too long for the underlay are lost, and the tap is named, while it is ACTIVE', async () => {
    const fits = UNDERLAY - overhead;
    await expectCopies([LONGEST, fits + 1, fits, 100], [fits, 100]);
    const needed = LONGEST + overhead;
    const [line, ...others] = await logged(here.agent, warning);
    expect(line).toMatchObject({
      level: 'warn',
      tapFlow: flow.id,
      reason:
        `frames of port ${source.portName} (MTU 1500) become up to ${needed} bytes in a ${tunnels} tunnel, ` +
        `${needed - UNDERLAY} more than br-phy (MTU ${UNDERLAY}) takes: raise the MTU of br-phy, and of the network behind it, ` +
        `to ${needed}, or lower that of ${source.portName} to ${fits - 14}, or set tunnel.truncate_to to ${fits}`,
    });
    expect(others).toEqual([]);
    expect(await warnings()).toBe(1);
    await eventually(() => lastStatus()?.includes(STATUS), { what: 'the status line' });
    expect(joined.plugin.reports(flow.id)).toEqual(['ACTIVE']);
    expect(linesOf(there.agent, warning)).toEqual([]);
  });

  test('once the underlay has room for the longest, they arrive and the warning is over', async () => {
    await joined.underlay.setMtu(here.on, LONGEST + overhead - 1);
    const [, changed] = await logged(here.agent, warning, 2);
    expect(changed?.['reason']).toContain('1 more than br-phy');
    await joined.underlay.setMtu(here.on, LONGEST + overhead);
    expect(await logged(here.agent, over)).toMatchObject([{ level: 'info', tapFlow: flow.id }]);
    expect(await warnings()).toBe(0);
    await eventually(() => !lastStatus()?.includes('underlay'), { what: 'the status line' });
    await expectCopies([LONGEST, 100], [LONGEST, 100]);
  });
});
