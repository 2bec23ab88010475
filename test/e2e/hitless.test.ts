import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { everyFrameOnceBeside, setStage } from '../chaos/stage.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { churn, plugOthers } from './churn.ts';
import { linesOf, saying } from './log-lines.ts';

const FRAMES = 3000;

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterEach(() => scene.reset());
afterAll(() => scene?.stop());

test('other taps that come and go lose and double no frame', async () => {
  const stage = await setStage(scene);
  const others = await plugOthers(scene);
  const steps = linesOf(scene.agent, saying('step confirmed')).length;
  await everyFrameOnceBeside(scene, stage, () => churn(scene, others, 6), FRAMES);
  expect(linesOf(scene.agent, saying('step confirmed')).length).toBeGreaterThan(steps);
});
