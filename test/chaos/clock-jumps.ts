import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type FlowSpec, newFlow } from '../support/plugin.ts';
import { Traffic } from '../support/traffic.ts';
import { addWallClock, type WallClock } from '../support/wall-clock.ts';
import { expectAtRest } from './at-rest.ts';
import { Believed } from './believed.ts';
import type { Host } from './host.ts';
import { type Proof, prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** Forward and back in turn, in seconds. */
const JUMPS = [DAY, -DAY, 5 * MINUTE, -5 * MINUTE, 400 * DAY, -400 * DAY] as const;
const GRACE_SECONDS = 2;

const absent = { portId: 'dddddddd-0000-4000-8000-00000000c10c', mac: 'fa:16:3e:00:c1:0c' };

/** How many seconds the agent's wall clock is ahead of the machine's, by the newest line of its log. */
function secondsAhead({ scene: { agent } }: Host): number {
  const told = new Date(String(agent.log().at(-1)?.['time'])).getTime();
  return (told - Date.now()) / 1000;
}

/**
 * Casts a tap flow whose port is not there, lets the clock jump, and answers after how long it is reported ERROR. Another
 * event has the agent look at it right after the jump.
 */
async function graceAcross({ scene: { plugin } }: Host, flow: FlowSpec, jump: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await plugin.createFlow(flow);
  await jump();
  await plugin.deleteFlow(newFlow(absent, flow.service, 'IN'));
  await plugin.reported('ERROR', flow.id);
  return performance.now() - before;
}

/** A jump, with a tap that waits for its port across it, and changes of taps behind it. */
async function jumpOnce(host: Host, clock: WallClock, { believed, proof, round }: Round): Promise<void> {
  // The changes may have deleted the last one.
  const service = believed.services[0] ?? (await believed.createService(proof.chance.pick(host.voices.sensors)));
  const seconds = JUMPS[(round - 1) % JUMPS.length] ?? 0;
  const waited = await graceAcross(host, newFlow(absent, service, 'OUT'), () => clock.set(seconds));
  proof.took(`a grace time of ${GRACE_SECONDS} s`, waited);
  expect(waited).toBeGreaterThan(GRACE_SECONDS * 1000);
  for (let change = 0; change < 10; change += 1) await believed.change(proof.chance, host.voices);
  await believed.reported();
  await eventually(() => Math.abs(secondsAhead(host) - seconds) < MINUTE, { what: 'the agent to see the jump' });
}

interface Round {
  readonly believed: Believed;
  readonly proof: Proof;
  readonly round: number;
}

/** Nobody was taken for dead because a clock said so. */
function expectNothingLost({ scene: { agent } }: Host): void {
  const lost = agent.log().filter(({ msg }) => /lost|cannot be reached|no connection|could not/.test(msg));
  expect(lost).toEqual([]);
}

export function clockJumps(host: () => Host): void {
  test('the wall clock jumps: whatever waits, waits as long as before', () => {
    const claim = {
      row: 'at-random',
      fault: 'the wall clock jumps by minutes, a day, 400 days, forward and back',
      mustHold: 'grace times last as long as ever, no connection is given up, taps come and go; copies go on',
    } as const;
    return prove(claim, async (proof) => {
      const { scene, stage } = host();
      await using cleanups = new AsyncDisposableStack();
      const clock = await addWallClock();
      cleanups.defer(() => clock.remove());
      cleanups.defer(() => scene.agent.start());
      cleanups.defer(() => scene.agent.stop());
      await scene.agent.stop();
      await scene.agent.start({ ...clock.environment, TAAS_AGENT_PORT_GRACE_SECONDS: String(GRACE_SECONDS) });
      const believed = new Believed(scene.plugin);
      const traffic = await Traffic.start(scene, stage);
      await proof.rounds((round) => jumpOnce(host(), clock, { believed, proof, round }));
      expectNothingLost(host());
      await expectAtRest(scene.on, scene.agent, stage, believed);
      proof.frames(...expectEveryFrameOnce(await traffic.stop()));
      await believed.deleteAll();
      await believed.reported();
    });
  });
}
