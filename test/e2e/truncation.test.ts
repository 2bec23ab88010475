import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { eventually } from '../support/eventually.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { newFlow, newService } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import type { PortVlan, Vm } from '../support/vm.ts';
import { settleAll, watchWhile } from './crossing.ts';
import { type CrossTap, TunnelStage } from './tunnel-stage.ts';

const MOST = 128;
const LENGTHS = [60, MOST - 1, MOST, MOST + 1, MOST + 4, 500, 1514] as const;
/** With and without a tag in the copy that leaves br-int. */
const PORTS: readonly PortVlan[] = [{ mode: 'access', tag: 101 }, { mode: 'trunk' }];

let sent = 0;
/** A frame of each length, like no other. */
function framesOf({ mac }: Vm): readonly Buffer[] {
  return LENGTHS.map((length) => {
    sent += 1;
    return ethernet({ src: mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered('cut', sent, length - 14) });
  });
}

const cut = (frames: readonly Buffer[]) => frames.map((frame) => frame.subarray(0, MOST));

/** What the sensor's host tells all hosts, unasked. */
const isAnnouncement = (frame: Buffer) => frame.subarray(0, 6).toString('hex') === '0180c200000e';

describe.each(['neutron', 'own'] as const)('with tunnel.truncate_to, mode %s', (mode) => {
  let stage: TunnelStage;

  beforeAll(async () => {
    stage = await TunnelStage.start(3, mode);
    const { agent } = stage.host(1);
    await agent.stop();
    await agent.start({ TAAS_AGENT_TUNNEL_TRUNCATE_TO: String(MOST) });
  });
  afterAll(() => stage?.stop());
  afterEach(() => stage?.clear());

  /** A second tap of a source, with its sensor on the same host. */
  async function tapBeside({ source }: CrossTap) {
    const { plugin } = stage.joined;
    const beside = await stage.host(1).vm({ name: 'beside', tag: 103 });
    const service = newService(beside, 100);
    const flow = newFlow(source, service, 'BOTH');
    await plugin.createService(service);
    await plugin.createFlow(flow);
    await plugin.reported('ACTIVE', service.id, flow.id);
    const remove = async () => {
      await plugin.deleteFlow(flow);
      await plugin.deleteService(service);
      await plugin.reported('INACTIVE', service.id, flow.id);
    };
    return { beside, remove };
  }

  /** The switch may learn from an answer up to a second late. */
  async function hasPlace(): Promise<void> {
    const known = async () => {
      const flows = await stage.host(1).on.dumpFlows('br-tun', 'table=33');
      return flows.some((line) => line.includes('load:0->NXM_OF_VLAN_TCI') && line.includes('NXM_NX_REG6'));
    };
    await eventually(known, { what: 'the place of the sensor to be learnt' });
  }

  test.each(PORTS)('copies to another host are cut, those to a sensor here are whole: a port $mode', async (vlan) => {
    const tap = await stage.tap(1, 2, 'BOTH');
    const { source, sensor } = tap;
    await source.unplug();
    await source.replug(vlan);
    const neighbour = await stage.host(1).vm({ name: 'neighbour', vlan });
    const { beside, remove } = await tapBeside(tap);
    for (const isFlooded of mode === 'neutron' ? [true, false] : [false]) {
      if (mode === 'neutron' && !isFlooded) await hasPlace();
      for (const from of [source, neighbour]) {
        const frames = framesOf(from);
        const { received, crossings } = await watchWhile(stage.joined, [sensor, beside], async () => {
          for (const frame of frames) {
            if (isFlooded) await stage.forgetPlace(tap);
            await sendFrames(from, [frame]);
            await settleAll(stage.joined);
          }
        });
        expect(compareFrames(received[0] ?? [], cut(frames))).toBe('');
        expect(compareFrames(received[1] ?? [], frames)).toBe('');
        expect(Math.max(...crossings.map(({ frame }) => frame.length))).toBe(MOST);
        const elsewhere = crossings.filter(({ to, frame }) => to === stage.host(3).address && !isAnnouncement(frame));
        expect(elsewhere.length > 0).toBe(isFlooded);
      }
    }
    await neighbour.unplug();
    await remove();
  });
});
