import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { heldTaps } from '../support/held-taps.ts';
import type { Plugin } from '../support/plugin.ts';
import { Traffic } from '../support/traffic.ts';
import { expectAtRest } from './at-rest.ts';
import { Believed } from './believed.ts';
import type { Host } from './host.ts';
import { type Claim, type Proof, prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';

const CHANGES = 20;

const claim = (fault: string): Claim => ({
  row: 'plugin-away',
  fault,
  mustHold: 'the taps come true meanwhile; every report is there when the plugin is, in its order',
});

/** Makes changes while the plugin hears nothing; resolves when the switch has come to them. */
async function changeUnheard({ scene, stage, voices }: Host, believed: Believed, proof: Proof): Promise<void> {
  for (let change = 0; change < CHANGES; change += 1) await believed.change(proof.chance, voices);
  proof.counted('events', CHANGES);
  await expectAtRest(scene.on, scene.agent, stage, believed);
}

/** What was reported of each tap: ACTIVE before INACTIVE, nothing else. */
function expectInOrder(plugin: Plugin, ids: readonly string[]): void {
  const wrong = ids.filter(
    (id) =>
      !/^(ACTIVE )*(INACTIVE )*$/.test(
        plugin
          .reports(id)
          .map((each) => `${each} `)
          .join(''),
      ),
  );
  expect(wrong.map((id) => `${id}: ${plugin.reports(id)}`)).toEqual([]);
}

/** Does something to the plugin and undoes it, with changes of taps between, as often as is wanted. */
async function proveKept(
  host: Host,
  proof: Proof,
  { leaves, returns }: { leaves(): Promise<void>; returns(round: number): Promise<void> },
): Promise<void> {
  const { scene, stage } = host;
  const believed = new Believed(scene.plugin);
  const traffic = await Traffic.start(scene, stage);
  await proof.rounds(async (round) => {
    await leaves();
    await changeUnheard(host, believed, proof);
    const returned = performance.now();
    await returns(round);
    await believed.reported();
    proof.took('until all is reported', performance.now() - returned);
  });
  expectInOrder(scene.plugin, believed.everyId);
  proof.frames(...expectEveryFrameOnce(await traffic.stop()));
  await believed.deleteAll();
  await believed.reported();
}

/** Waits until the agent has so many reports still to send, by its journal. */
function reportsToSend({ scene: { agent } }: Host, enough: (count: number) => boolean): Promise<boolean> {
  const look = async () => enough((await heldTaps(agent.stateDir)).reports.length);
  return eventually(look, { what: 'reports to be kept, or gone' });
}

export function pluginAway(host: () => Host): void {
  test('the plugin’s queue is not there: reports are kept, also by an agent that is killed', () =>
    prove(claim('its queue is not there; every other time the agent is killed meanwhile'), async (proof) => {
      const { agent, plugin } = host().scene;
      await proveKept(host(), proof, {
        leaves: () => plugin.deafen(),
        returns: async (round) => {
          await reportsToSend(host(), (count) => count > 0);
          if (round % 2 === 0) await agent.stop('SIGKILL');
          if (round % 2 === 0) await agent.start();
          await plugin.listen();
        },
      });
    }));

  test('nobody takes from the plugin’s queue: reports wait there', () =>
    prove(claim('nobody takes from its queue'), async (proof) => {
      const { plugin } = host().scene;
      await proveKept(host(), proof, {
        leaves: () => plugin.pause(),
        returns: async () => {
          await reportsToSend(host(), (count) => count === 0);
          await plugin.resume();
        },
      });
    }));
}
