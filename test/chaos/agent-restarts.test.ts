import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { saying } from '../e2e/log-lines.ts';
import { addInstallation, type Installation } from '../support/installation.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { times } from '../support/times.ts';
import { type Claim, prove } from './prove.ts';
import { type ChaosStage, everyFrameOnceBeside, setStage } from './stage.ts';

/** Sent by the tapped VM while the agent is restarted once. */
const FRAMES = times({ short: 3_400, long: 10_000 });

let installation: Installation;
let scene: Scene;
let stage: ChaosStage;
beforeAll(async () => {
  installation = await addInstallation();
  scene = await startScene({ dist: installation.dist });
});
beforeEach(async () => {
  stage = await setStage(scene);
});
afterEach(() => scene.reset());
afterAll(async () => {
  await scene?.stop();
  await installation?.remove();
});

const claim = (fault: string): Claim => ({
  row: 'agent-restarts',
  fault,
  mustHold: `of at least ${FRAMES} frames sent meanwhile all are at both sensors, none twice; the agent finds nothing to correct`,
});

interface Restart {
  readonly fault: string;
  readonly signal: NodeJS.Signals;
  readonly meanwhile?: () => Promise<void>;
}

const restarts: readonly Restart[] = [
  { fault: 'SIGTERM, and start', signal: 'SIGTERM' },
  { fault: 'SIGKILL, and start', signal: 'SIGKILL' },
  {
    fault: 'upgrade: stop, another copy of the build in place, start',
    signal: 'SIGTERM',
    meanwhile: () => installation.upgrade(),
  },
];

test.each(restarts)('$fault: no frame is lost or doubled', ({ fault, signal, meanwhile }) =>
  prove(claim(fault), (proof) =>
    proof.rounds(async () => {
      const restart = async () => {
        const stopped = performance.now();
        await scene.agent.stop(signal);
        await meanwhile?.();
        await scene.agent.start();
        proof.took('until it is back', performance.now() - stopped);
      };
      proof.frames(...(await everyFrameOnceBeside(scene, stage, restart, FRAMES)));
      expect(scene.agent.log().filter(saying('step confirmed'))).toEqual([]);
    }),
  ),
);
