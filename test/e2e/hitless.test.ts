import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { churn } from './churn.ts';
import { Stage } from './stage.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterEach(() => scene.reset());
afterAll(() => scene?.stop());

test('stopping, killing and starting the agent loses and doubles no frame', async () => {
  const stage = await Stage.set(scene);
  const restart = async (signal: NodeJS.Signals) => {
    await scene.agent.stop(signal);
    await scene.agent.start();
  };
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await stage.streamBeside(restart(signal));
    // It has compared, and found nothing to correct.
    expect(scene.agent.log().filter(({ msg }) => msg === 'step confirmed')).toEqual([]);
  }
  await stage.expectEveryFrameOnce();
});

test('other taps that come and go lose and double no frame', async () => {
  const stage = await Stage.set(scene);
  const others = [
    await scene.vm({ name: 'same-1', tag: 5 }),
    await scene.vm({ name: 'same-2', tag: 5 }),
    await scene.vm({ name: 'elsewhere', tag: 6 }),
    await scene.vm({ name: 'trunk', vlan: { mode: 'trunk' } }),
  ];
  const sensor = await scene.vm({ name: 'other-sensor', tag: 10 });
  await stage.streamBeside(churn(scene, others, sensor, 6));
  await stage.expectEveryFrameOnce();
});
