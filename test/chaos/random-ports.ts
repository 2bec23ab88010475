import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { times } from '../support/times.ts';
import { Traffic } from '../support/traffic.ts';
import { expectAtRest, remains } from './at-rest.ts';
import { Believed } from './believed.ts';
import { expectExactCopies } from './copies.ts';
import type { Crowd, CrowdPort } from './crowd.ts';
import type { Host } from './host.ts';
import { framesGiven, leaks } from './leaks.ts';
import { type Proof, prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';
import { Talk } from './talk.ts';

const DURATION_MS = times({ short: 6_000, long: 60_000 });
const TAPS = 20;

/** Taps of ports of networks that are shared, whether or not they talk; those of the talkers among them. */
async function tapSome({ crowd, voices }: Host, believed: Believed, { chance }: Proof): Promise<void> {
  const services = [];
  for (const sensor of voices.sensors) services.push(await believed.createService(sensor));
  const shared = crowd.ports.filter(({ network }) => crowd.of(network).length > 1);
  const sources = [...voices.sources, ...Array.from({ length: TAPS }, () => chance.pick(shared))];
  for (const source of sources) {
    await believed.createFlow(source, chance.pick(services), chance.pick(['IN', 'OUT', 'BOTH']));
  }
  await believed.reported();
}

/** Plugs and unplugs a few at a time, until the time is over. */
async function plugAtRandom(crowd: Crowd, movable: readonly CrowdPort[], proof: Proof): Promise<void> {
  const { chance } = proof;
  for (const end = performance.now() + DURATION_MS; performance.now() < end; ) {
    const some = Array.from({ length: 1 + chance.below(8) }, () => chance.pick(movable));
    const [those, others] = [
      some.filter((port) => crowd.isPlugged(port)),
      some.filter((port) => !crowd.isPlugged(port)),
    ];
    await crowd.unplug(...new Set(those));
    await crowd.plug(...new Set(others));
    proof.counted('ports plugged or unplugged', new Set(some).size);
    await delay(chance.pick([0, 0, 5, 30]));
  }
}

/** Ports of networks in which nobody talks must have got nothing at all, however short they were plugged. */
async function expectSilence({ crowd, voices }: Host, before: ReadonlyMap<string, number>): Promise<void> {
  const loud = new Set([...voices.sources, ...voices.sensors].map(({ network }) => network));
  const now = await framesGiven(crowd);
  const silent = crowd.ports.filter(({ network }) => !loud.has(network));
  const got = silent.filter(({ device }) => now.get(device) !== before.get(device));
  expect(got.map(({ device }) => device)).toEqual([]);
  expect(silent.length).toBeGreaterThan(50);
}

export function randomPorts(host: () => Host): void {
  test('a hundred ports are plugged and unplugged at random: at rest all is right, and nothing leaked meanwhile', () => {
    const claim = {
      row: 'at-random',
      fault: `100 ports plugged and unplugged at random for ${DURATION_MS / 1000} s, networks changing their VLANs`,
      mustHold: 'at rest the switch equals what is wanted, copies are exact; meanwhile no frame came where it must not',
    } as const;
    return prove(claim, async (proof) => {
      const { scene, stage, crowd, voices } = host();
      const before = await remains(scene.on);
      const believed = new Believed(scene.plugin);
      await tapSome(host(), believed, proof);
      const movable = crowd.ports.filter((port) => !voices.sensors.includes(port));
      await proof.rounds(
        async () => {
          const given = await framesGiven(crowd);
          const traffic = await Traffic.start(scene, stage);
          const talk = await Talk.start(voices.sources, [...voices.sensors, ...voices.bystanders]);
          await plugAtRandom(crowd, movable, proof);
          await crowd.plug(...voices.sources, ...voices.bystanders);
          await expectAtRest(scene.on, scene.agent, stage, believed);
          await Promise.all([talk.hush(), traffic.hush()]);
          expect(leaks(crowd, await talk.stop(), believed.lives())).toEqual([]);
          proof.frames(...expectEveryFrameOnce(await traffic.stop()));
          await expectSilence(host(), given);
          await crowd.plug(...crowd.ports);
          await expectAtRest(scene.on, scene.agent, stage, believed);
          await expectExactCopies(crowd, voices, believed);
        },
        { short: 1, long: 3 },
      );
      await believed.deleteAll();
      await believed.reported();
      expect(await remains(scene.on)).toBe(before);
    });
  });
}
