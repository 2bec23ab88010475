import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { always } from '../support/always.ts';
import { capture } from '../support/capture.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import type { JoinedHost, JoinedHosts } from '../support/joined-hosts.ts';
import { restoreTunnelFlows, type TunnelType } from '../support/neutron-tunnels.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { times } from '../support/times.ts';
import type { Vm } from '../support/vm.ts';
import { expectHostAtRest } from './at-rest.ts';
import { Believed, type TapPorts } from './believed.ts';
import type { Proof } from './prove.ts';

const EVENTS = { before: 15, meanwhile: 20 };
const AWAY_MILLISECONDS = times({ short: 3_000, long: 60_000 });
const FRAMES = 50;

/** Switch and agent at once, without a chance to clean up. */
async function die({ on, agent }: JoinedHost): Promise<void> {
  agent.process().signal('SIGKILL');
  await on.killVswitchd();
}

/** The host boots: its switch, its address, what Neutron's agent puts back, then ours. */
async function comeBack({ on, agent }: JoinedHost, { underlay }: JoinedHosts, tunnels: TunnelType): Promise<void> {
  await on.startVswitchd();
  await underlay.rejoin(on);
  await restoreTunnelFlows(on, tunnels);
  await agent.start();
}

/** Each frame that the source sends comes to the sensor on another host, once. */
async function expectCopies(source: Vm, sensor: Vm, { hosts }: JoinedHosts, label: string): Promise<number> {
  const seen = await capture(sensor, { direction: 'in' });
  const frames = Array.from({ length: FRAMES }, (_, index) =>
    ethernet({ src: source.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered(label, index) }),
  );
  await sendFrames(source, frames);
  await settle(...hosts.map(({ on }) => on));
  const copies = (await seen.stop()).filter((frame) => frame.includes(Buffer.from(label)));
  const hex = (each: readonly Uint8Array[]) => each.map((frame) => Buffer.from(frame).toString('hex')).sort();
  expect(hex(copies)).toEqual(hex(frames));
  return copies.length;
}

/** One host of several dies while taps come and go everywhere, and comes back. */
export async function provenDeath(
  joined: JoinedHosts,
  dying: JoinedHost,
  { sources, sensors }: { readonly [Key in keyof TapPorts]: readonly (Vm & { readonly host: string })[] },
  proof: Proof,
  tunnels: TunnelType,
): Promise<void> {
  const [source] = sources.filter(({ host }) => host !== dying.name);
  const [sensor] = sensors.filter(({ host }) => host === dying.name);
  if (!source || !sensor) throw new Error('the tap across hosts needs a source elsewhere and a sensor here');
  const believed = new Believed(joined.plugin);
  const atRest = async () => {
    await believed.reported();
    for (const { on, agent, name } of joined.hosts) {
      await expectHostAtRest({ on, agent }, { host: name, tunnel: 'br-tun' }, believed);
    }
  };
  const change = async (count: number) => {
    for (let event = 0; event < count; event += 1) await believed.change(proof.chance, { sources, sensors });
    proof.counted('events', count);
  };
  const rounds = () =>
    proof.rounds(
      async (round) => {
        const service = await believed.createService(sensor);
        const flow = await believed.createFlow(source, service, 'OUT');
        await change(EVENTS.before);
        await atRest();
        await die(dying);
        await change(EVENTS.meanwhile);
        await delay(AWAY_MILLISECONDS);
        await comeBack(dying, joined, tunnels);
        await atRest();
        if (believed.flows.includes(flow)) {
          proof.counted(
            'copies across hosts afterwards, once each',
            await expectCopies(source, sensor, joined, `round-${round}`),
          );
        }
        await believed.deleteAll();
        await atRest();
      },
      { short: 1, long: 5 },
    );
  await always(rounds, () => believed.deleteAll());
}
