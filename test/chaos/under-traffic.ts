import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { always } from '../support/always.ts';
import { BROADCAST } from '../support/frames.ts';
import type { Scene } from '../support/scene.ts';
import { times } from '../support/times.ts';
import { type Passed, Traffic } from '../support/traffic.ts';
import type { Vm } from '../support/vm.ts';
import type { Proof } from './prove.ts';
import { type ChaosStage, setStage } from './stage.ts';
import { SwitchWatch } from './switch-watch.ts';

/** A stage with a trunk as to br-tun, into which NORMAL floods every VLAN, and what sees repairs. */
export interface RepairStage extends ChaosStage {
  readonly uplink: Vm;
  readonly watch: SwitchWatch;
}

/** What came of one round. */
export interface Repaired {
  /** When the repair could begin, in microseconds since the epoch. */
  readonly since: number;
  /** From then on, until the switch held all again; milliseconds. */
  readonly took: number;
}

export interface RepairOptions {
  /** How often; 3 and 20 times unless told. */
  readonly often?: { readonly short: number; readonly long: number };
  /** Whether the fault stops the tapped traffic itself, and has the switch forget who is where. */
  readonly stopsTraffic?: boolean;
  /** What must hold in the long form; in the short one the machine may be busy with anything. In milliseconds. */
  readonly limits: { readonly median: number; readonly worst: number };
}

const PATIENT = { median: 1_000, worst: 2_000 };

const HELD = 'until the switch holds all again';
const COPIED = 'until copied again';

/** How long frames flow after a repair, before the next fault: whoever breaks the same thing more often is made to wait. */
const CALM_MS = times({ short: 400, long: 700 });
const SETTLE_MS = 80;

/** The watch is to be closed. */
export async function setRepairStage(scene: Scene): Promise<RepairStage> {
  const uplink = await scene.vm({ name: 'uplink' });
  return { ...(await setStage(scene)), uplink, watch: await SwitchWatch.start(scene.on) };
}

/** Has traffic flow while a fault happens again and again, and expects each time that copies come back and none leaks. */
export async function repairedUnderTraffic(
  scene: Scene,
  stage: RepairStage,
  proof: Proof,
  once: (round: number) => Promise<Repaired>,
  { often, stopsTraffic = false, limits }: RepairOptions,
): Promise<void> {
  const uplink = await scene.capture(stage.uplink, { direction: 'in' });
  const traffic = await Traffic.start(scene, { ...stage, bystanders: [...stage.bystanders, stage.from] });
  const rounds: { readonly mark: number; readonly since: number }[] = [];
  const beside = () =>
    proof.rounds(async (round) => {
      const mark = Traffic.mark();
      // What was sent before the mark is to be through when the fault comes.
      await delay(SETTLE_MS);
      const { since, took } = await once(round);
      proof.took(HELD, took);
      rounds.push({ mark, since });
      await delay(CALM_MS);
    }, often);
  await always(beside, async () => {
    const passed = await traffic.stop();
    const flooded = await uplink.stop();
    proof.frames(passed.out.tally(), passed.in.tally());
    for (const [index, { since }] of rounds.entries()) tookUntilCopied(proof, passed, since, rounds[index + 1]?.mark);
    expectNoLeak(passed);
    if (!stopsTraffic) expect(passed.itself.tally()).toMatchObject({ lost: 0 });
    expectNothingStrange(flooded, { tag: 5, unicast: stopsTraffic });
  });
  expectInTime(proof, times({ short: PATIENT, long: limits }));
}

/** Adds how long copies stayed away from the sensors; they must have come back. */
function tookUntilCopied(proof: Proof, { out, in: incoming }: Passed, from: number, until: number | undefined): void {
  const away = [out, incoming].map((passage) => passage.interruption({ from, until }));
  if (away.includes(undefined)) throw new Error('copies have not come back');
  proof.took(COPIED, Math.max(...away.map((milliseconds) => milliseconds ?? 0)));
}

/** Copies went to the sensors and nowhere else, none of them twice; and nobody got a frame of the traffic twice. */
function expectNoLeak({ out, in: incoming, itself, leaked }: Passed): void {
  expect(leaked).toEqual([]);
  for (const passage of [out, incoming, itself]) expect(passage.tally()).toMatchObject({ doubled: 0, foreign: 0 });
}

/** The uplink sees what is flooded in the tapped VM's network, with its VLAN, once: a leaked copy would be another, or one more. */
function expectNothingStrange(frames: readonly Buffer[], { tag, unicast }: { tag: number; unicast: boolean }): void {
  const everybody = Buffer.from(BROADCAST.replaceAll(':', ''), 'hex');
  const strange = frames.filter((frame) => {
    const isOfVlan = frame.readUInt16BE(12) === 0x8100 && (frame.readUInt16BE(14) & 0xfff) === tag;
    return !isOfVlan || !(unicast || frame.subarray(0, 6).equals(everybody));
  });
  expect(strange).toEqual([]);
  expect(frames.length).toBeGreaterThan(0);
  expect(new Set(frames.map((frame) => frame.toString('latin1'))).size).toBe(frames.length);
}

function expectInTime(proof: Proof, { median, worst }: RepairOptions['limits']): void {
  expect(proof.spread(HELD).median).toBeLessThan(median);
  for (const what of [HELD, COPIED]) expect(proof.spread(what).worst).toBeLessThan(worst);
}
