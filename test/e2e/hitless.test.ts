import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { churn, plugOthers } from './churn.ts';
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
  const others = await plugOthers(scene);
  await stage.streamBeside(churn(scene, others, 6));
  await stage.expectEveryFrameOnce();
});
