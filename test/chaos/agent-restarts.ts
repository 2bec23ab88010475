import { expect, test } from 'vitest';
import { linesOf, saying } from '../e2e/log-lines.ts';
import { times } from '../support/times.ts';
import { Traffic } from '../support/traffic.ts';
import type { Host } from './host.ts';
import { prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';

/** Sent by the tapped VM around one restart, which takes a second or two. */
const FRAMES = times({ short: 2_000, long: 10_000 });

interface Restart {
  readonly fault: string;
  readonly signal: NodeJS.Signals;
  readonly upgrades?: boolean;
}

const restarts: readonly Restart[] = [
  { fault: 'SIGTERM, and start', signal: 'SIGTERM' },
  { fault: 'SIGKILL, and start', signal: 'SIGKILL' },
  { fault: 'upgrade: stop, another copy of the build in its place, start', signal: 'SIGTERM', upgrades: true },
];

export function agentRestarts(host: () => Host): void {
  test.each(restarts)('$fault: no frame is lost or doubled', ({ fault, signal, upgrades }) => {
    const mustHold = `of ${FRAMES.toLocaleString('en-US')} frames sent meanwhile all are at both sensors once; the agent finds nothing to correct`;
    return prove({ row: 'agent-restarts', fault, mustHold }, async (proof) => {
      const { scene, stage, installation } = host();
      const traffic = await Traffic.start(scene, { ...stage, gapMicros: 500 });
      await proof.rounds(async () => {
        const replace = upgrades ? await installation.unpack() : undefined;
        const restart = async () => {
          const stopped = performance.now();
          await scene.agent.stop(signal);
          await replace?.();
          await scene.agent.start();
          proof.took('until it is back', performance.now() - stopped);
        };
        await traffic.beside(restart, FRAMES);
        expect(linesOf(scene.agent, saying('step confirmed'))).toEqual([]);
      });
      proof.frames(...expectEveryFrameOnce(await traffic.stop()));
    });
  });
}
