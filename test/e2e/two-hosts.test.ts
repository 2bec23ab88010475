import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture } from '../support/capture.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import { newFlow, newService } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { Vm } from '../support/vm.ts';

const hex = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString('hex'));

function someFrames({ mac }: Vm, dst: string, count = 50): Uint8Array[] {
  return Array.from({ length: count }, (_, index) =>
    ethernet({ src: mac, dst }, { etherType: 0x88b5, bytes: numbered('copy', index) }),
  );
}

describe.each([
  ['neutron', 'vxlan'],
  ['neutron', 'geneve'],
  ['neutron', 'gre'],
  ['own', 'vxlan'],
  ['own', 'geneve'],
  ['own', 'gre'],
] as const)('through %s tunnels: %s', (mode, tunnels) => {
  let joined: JoinedHosts;

  beforeAll(async () => {
    joined = await startJoinedHosts({ hosts: 3, mode, tunnels });
  });
  afterAll(() => joined?.stop());

  test.each(['OUT', 'IN', 'BOTH'] as const)(
    '%s: the sensor on another host sees each frame once',
    async (direction) => {
      const [here, there] = joined.hosts;
      if (!here || !there) throw new Error('unreachable');
      const source = await here.vm({ name: 'source', tag: 5 });
      const peer = await here.vm({ name: 'peer', tag: 5 });
      const sensor = await there.vm({ name: 'sensor', tag: 6 });
      const service = newService(sensor, 7);
      const flow = newFlow(source, service, direction);
      await joined.plugin.createService(service);
      await joined.plugin.createFlow(flow);
      await joined.plugin.reported('ACTIVE', service.id, flow.id);
      const seen = await capture(sensor, { direction: 'in' });
      const sent = someFrames(source, BROADCAST);
      const got = someFrames(peer, BROADCAST);
      for (let index = 0; index < sent.length; index += 1) {
        await sendFrames(source, sent.slice(index, index + 1));
        await sendFrames(peer, got.slice(index, index + 1));
      }
      const copies = await seen.stop();
      const due = { OUT: sent, IN: got, BOTH: [...sent, ...got] }[direction];
      expect(hex(copies).sort()).toEqual(hex(due).sort());
      await joined.plugin.deleteFlow(flow);
      await joined.plugin.deleteService(service);
      await joined.plugin.reported('INACTIVE', flow.id, service.id);
      for (const { on } of joined.hosts) {
        const left = (await on.dumpFlows('br-tun')).filter((line) => /cookie=0x74616173[4-8]0*[1-9a-f]/.test(line));
        expect(left).toEqual([]);
      }
    },
  );
});
