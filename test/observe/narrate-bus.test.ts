import { expect, test } from 'vitest';
import type { BusTrace } from '../../src/bus/bus-trace.ts';
import { createAgentCounters } from '../../src/observe/agent-counters.ts';
import { createLog } from '../../src/observe/log.ts';
import { narrateBus, narrateControlPlaneBus } from '../../src/observe/narrate-bus.ts';

function newLog() {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const log = createLog({ level: 'info', base: { name: 'taas', host: 'h' }, stream });
  const said = () => lines.map((line) => JSON.parse(line)).map(({ level, msg }) => `${level}: ${msg}`);
  return { log, lines, said };
}

const url = 'amqp://h';
const about = { method: 'm', requestId: 'r', uniqueId: 'u', reason: 'why' };

test('each program says what it takes from the bus', () => {
  const traces: readonly BusTrace[] = [
    { kind: 'consuming', queue: 'q', waiting: 0 },
    { kind: 'event_not_taken', ...about, retryInMs: 1 },
  ];
  const agent = newLog();
  const server = newLog();
  const [tellAgent, tellServer] = [
    narrateBus({ log: agent.log, counters: createAgentCounters() }),
    narrateControlPlaneBus(server.log),
  ];
  for (const trace of traces) {
    tellAgent(trace);
    tellServer(trace);
  }
  expect(agent.said()).toEqual([
    'info: taking tap events',
    'error: a tap event could not be taken; it stays with the broker',
  ]);
  expect(server.said()).toEqual([
    'info: taking reports of agents',
    'error: a report of an agent could not be taken; it stays with the broker',
  ]);
});

test('what became of messages, and lost connections, are counted and told with the reason', () => {
  const { log, lines, said } = newLog();
  const counters = createAgentCounters();
  const tell = narrateBus({ log, counters });
  for (const kind of ['message_rejected', 'message_ignored', 'message_duplicate', 'message_trimmed'] as const) {
    tell({ kind, ...about });
  }
  for (const kind of ['connect_failed', 'disconnected'] as const) tell({ kind, url, reason: 'why', retryInMs: 1 });
  expect(said().map((line) => line.split(':')[0])).toEqual(['warn', 'info', 'info', 'warn', 'warn', 'warn']);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ reason: 'why' });
  const counted = Object.entries(counters.snapshot()).filter(([, value]) => value > 0);
  expect(Object.fromEntries(counted)).toEqual({
    'taas_agent_connections_lost_total{peer="bus"}': 2,
    'taas_agent_messages_total{result="duplicate"}': 1,
    'taas_agent_messages_total{result="ignored"}': 1,
    'taas_agent_messages_total{result="rejected"}': 1,
  });
});

test('what an inventory leaves out is told once for as long as it is the same', () => {
  const { log, lines } = newLog();
  const tell = narrateBus({ log, counters: createAgentCounters() });
  for (const reason of ['a', 'a', 'b', 'a']) tell({ kind: 'inventory_trimmed', reason });
  expect(lines.map((line) => JSON.parse(line).reason)).toEqual(['a', 'b', 'a']);
});
