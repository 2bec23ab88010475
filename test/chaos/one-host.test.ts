import { afterAll, afterEach, beforeEach } from 'vitest';
import { agentRestarts } from './agent-restarts.ts';
import { clockJumps } from './clock-jumps.ts';
import { diskInTrouble } from './disk.ts';
import { type Host, startHost } from './host.ts';
import { journalGarbage } from './journal-garbage.ts';
import { journalTorn } from './journal-torn.ts';
import { killedAmidEvents } from './killed-amid-events.ts';
import { pluginAway } from './plugin-away.ts';
import { randomPorts } from './random-ports.ts';
import { randomTaps } from './random-taps.ts';

/** Faults of the agent and of what is around it, one row after another on one host; one that fails leaves it to nobody. */
let host: Host | undefined;
beforeEach(async () => {
  host ??= await startHost();
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await stop();
});
afterAll(() => stop());

async function stop(): Promise<void> {
  await host?.stop();
  host = undefined;
}

function started(): Host {
  if (!host) throw new Error('there is no host');
  return host;
}

agentRestarts(started);
killedAmidEvents(started);
pluginAway(started);
diskInTrouble(started);
journalTorn(started);
journalGarbage(started);
clockJumps(started);
randomPorts(started);
randomTaps(started);
