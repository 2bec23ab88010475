import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { times } from '../support/times.ts';
import { Traffic } from '../support/traffic.ts';
import { expectAtRest, remains } from './at-rest.ts';
import { Believed } from './believed.ts';
import { expectExactCopies } from './copies.ts';
import type { Host } from './host.ts';
import { leaks } from './leaks.ts';
import { prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';
import { Talk } from './talk.ts';

const STEPS = times({ short: 100, long: 1_000 });
/** Taps that there are before as many go as come: few, so that most copies that a sensor could get would be leaks. */
const ENOUGH = 14;
/** How often all is compared amid the steps. */
const RESTS = times({ short: 4, long: 20 });

export function randomTaps(host: () => Host): void {
  test('taps are created and deleted at random: at rest all is right, at the end nothing is left', () => {
    const claim = {
      row: 'at-random',
      fault: `taps created and deleted at random, ${STEPS} steps`,
      mustHold: 'at rest the switch equals what is wanted, copies are exact; no leak; at the end nothing is left over',
    } as const;
    return prove(claim, async (proof) => {
      const { scene, stage, crowd, voices } = host();
      const before = await remains(scene.on);
      const believed = new Believed(scene.plugin);
      const traffic = await Traffic.start(scene, stage);
      const talk = await Talk.start(voices.sources, [...voices.sensors, ...voices.bystanders]);
      await proof.rounds(
        async (step) => {
          await believed.change(proof.chance, voices, ENOUGH);
          await delay(proof.chance.pick([0, 0, 0, 20]));
          believed.lives();
          if (step % Math.round(STEPS / RESTS) !== 0) return;
          await believed.reported();
          await expectAtRest(scene.on, scene.agent, stage, believed);
        },
        { short: STEPS, long: STEPS },
      );
      await Promise.all([talk.hush(), traffic.hush()]);
      const heard = await talk.stop();
      proof.frames(...expectEveryFrameOnce(await traffic.stop()));
      expect(leaks(crowd, heard, believed.lives())).toEqual([]);
      await expectExactCopies(crowd, voices, believed);
      await believed.deleteAll();
      await believed.reported();
      expect(await remains(scene.on)).toBe(before);
    });
  });
}
