import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Traffic } from '../support/traffic.ts';
import { expectAtRest, remains } from './at-rest.ts';
import { Believed } from './believed.ts';
import { expectExactCopies } from './copies.ts';
import type { Host } from './host.ts';
import { type Proof, prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';

const EVENTS = 200;
/** The events take some tenths of a second, and what follows from them about as long. */
const LATEST_KILL_MS = 600;

/** Casts the events while the plugin hears nothing, and kills the agent at any moment of that, or shortly after. */
async function killAmidEvents({ scene, voices }: Host, believed: Believed, { chance }: Proof): Promise<void> {
  await scene.plugin.deafen();
  const cast = async () => {
    for (let event = 0; event < EVENTS; event += 1) await believed.change(chance, voices);
  };
  const kill = async () => {
    await delay(chance.between(0, LATEST_KILL_MS));
    await scene.agent.stop('SIGKILL');
  };
  await Promise.all([cast(), kill()]);
}

export function killedAmidEvents(host: () => Host): void {
  test('SIGKILL at a random moment while 200 events arrive: none is lost', () => {
    const claim = {
      row: 'killed-amid-events',
      fault: 'SIGKILL while 200 events arrive and the plugin does not listen, start, the plugin listens',
      mustHold: 'the switch equals the events; every event is reported; copies are exact; taps that stay lose nothing',
    } as const;
    return prove(claim, async (proof) => {
      const { scene, stage, crowd, voices } = host();
      const before = await remains(scene.on);
      const believed = new Believed(scene.plugin);
      await proof.rounds(async () => {
        const traffic = await Traffic.start(scene, stage);
        await killAmidEvents(host(), believed, proof);
        proof.counted('events', EVENTS);
        const started = performance.now();
        await scene.agent.start();
        await scene.plugin.listen();
        await believed.reported();
        proof.took('start until all is reported', performance.now() - started);
        proof.frames(...expectEveryFrameOnce(await traffic.stop()));
        await expectAtRest(scene.on, scene.agent, stage, believed);
        await expectExactCopies(crowd, voices, believed);
      });
      await believed.deleteAll();
      await believed.reported();
      expect(await remains(scene.on)).toBe(before);
    });
  });
}
