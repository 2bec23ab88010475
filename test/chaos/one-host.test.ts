import { afterAll, beforeAll } from 'vitest';
import { agentRestarts } from './agent-restarts.ts';
import { diskInTrouble } from './disk.ts';
import { type Host, startHost } from './host.ts';
import { journalGarbage } from './journal-garbage.ts';
import { journalTorn } from './journal-torn.ts';
import { killedAmidEvents } from './killed-amid-events.ts';
import { pluginAway } from './plugin-away.ts';

/** Faults of the agent and of what is around it, one row after another on one host. */
let host: Host;
beforeAll(async () => {
  host = await startHost();
});
afterAll(() => host?.stop());

agentRestarts(() => host);
killedAmidEvents(() => host);
pluginAway(() => host);
diskInTrouble(() => host);
journalTorn(() => host);
journalGarbage(() => host);
