import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { always } from '../support/always.ts';
import { capture } from '../support/capture.ts';
import { eventually } from '../support/eventually.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import { newFlow, newService } from '../support/plugin.ts';
import { sendFrames, streamFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { captureUnderlay } from '../support/underlay-capture.ts';

let joined: JoinedHosts;
beforeAll(async () => {
  joined = await startJoinedHosts({ hosts: 3, mode: 'neutron', tunnels: 'vxlan' });
});
afterAll(() => joined?.stop());

const TAAS_ID = 7;

test('copies for a sensor that is plugged nowhere burden no host, and arrive as soon as it is plugged', async () => {
  const [here, there] = joined.hosts;
  if (!here || !there) throw new Error('there are three hosts');
  const source = await here.vm({ name: 'source', tag: 5 });
  const sensor = await there.vm({ name: 'sensor', tag: 6 });
  await sensor.detach();
  const service = newService(sensor, TAAS_ID);
  const flow = newFlow(source, service, 'OUT');
  await joined.plugin.createService(service);
  await joined.plugin.createFlow(flow);
  await joined.plugin.reported('ACTIVE', flow.id);

  const frame = (label: string, number: number) =>
    ethernet({ src: source.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered(label, number) });
  let number = 0;
  const next = () => {
    number += 1;
    return frame('all the time', number);
  };
  const isHeldBack = async () =>
    (await here.on.dumpFlows('br-tun', 'table=33')).some((line) => line.includes('0xffff'));
  const stream = streamFrames(source, next, { gapMicros: 2_000 });
  await always(
    async () => {
      await eventually(isHeldBack, { what: 'copies to be held back', timeoutMs: 60_000 });
      const told = here.agent.log().filter(({ msg }) => String(msg).startsWith('no host answers copies'));
      expect(told).toMatchObject([{ count: 1, names: [service.id] }]);
      await settle(...joined.hosts.map(({ on }) => on).slice(1));
      const crossing = await captureUnderlay(joined.underlay);
      await delay(2_000);
      const meanwhile = (await crossing.stop()).filter(({ tunnelKey }) => tunnelKey === TAAS_ID);
      expect(meanwhile).toEqual([]);
      // A host that it comes to tells so: nobody waits for the next time that copies are let out.
      const seen = await capture(sensor, { direction: 'in' });
      await sensor.attach();
      await seen.waitForFrames(100);
      await eventually(async () => !(await isHeldBack()), { what: 'copies not to be held back', timeoutMs: 60_000 });
      await seen.stop();
    },
    () => stream.stop(),
  );

  await settle(...joined.hosts.map(({ on }) => on));
  const seen = await capture(sensor, { direction: 'in' });
  const frames = Array.from({ length: 50 }, (_, index) => frame('afterwards', index));
  await sendFrames(source, frames);
  await settle(...joined.hosts.map(({ on }) => on));
  const hex = (all: readonly Uint8Array[]) => all.map((each) => Buffer.from(each).toString('hex')).sort();
  expect(hex(await seen.stop())).toEqual(hex(frames));
});
