import { expect, test } from 'vitest';
import { createAgentCounters } from '../../src/observe/agent-counters.ts';
import { createLog } from '../../src/observe/log.ts';
import { narrateOvsdb } from '../../src/observe/narrate-ovsdb.ts';
import { OvsdbError } from '../../src/ovsdb-client/ovsdb-error.ts';

test('a database that stays away is told once for each reason, and again after it was there', () => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const log = createLog({ level: 'info', base: { name: 'taas-agent', host: 'h' }, stream });
  const counters = createAgentCounters();
  const tell = narrateOvsdb({ log, counters });
  const lost = (message: string) =>
    tell({ kind: 'lost', during: { kind: 'connecting', attempt: 1 }, error: new OvsdbError('disconnected', message) });
  for (const message of ['gone', 'refused', 'refused', 'refused']) lost(message);
  tell({ kind: 'synchronised', method: 'monitor_cond_since', resumed: true, rows: 1 });
  lost('refused');
  const said = lines.map((line) => JSON.parse(line)).map(({ msg, err }) => err?.message ?? msg);
  expect(said).toEqual(['gone', 'refused', 'connected to the OVSDB', 'refused']);
  expect(counters.snapshot()['taas_agent_connections_lost_total{peer="ovsdb"}']).toBe(5);
});
