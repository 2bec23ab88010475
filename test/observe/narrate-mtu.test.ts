import { expect, test } from 'vitest';
import type { MtuFinding } from '../../src/compile/wanted.ts';
import { createAgentCounters } from '../../src/observe/agent-counters.ts';
import { createLog } from '../../src/observe/log.ts';
import { narrateMtu } from '../../src/observe/narrate-mtu.ts';

const tooLong: MtuFinding = { kind: 'too-long', reason: '54 more' };
const unknown: MtuFinding = { kind: 'unknown', reason: 'no way' };

test.each([
  ['begins', tooLong, false, 'warn', '54 more'],
  ['changes', tooLong, true, 'warn', '54 more'],
  ['ends', undefined, true, 'info', undefined],
  ['is not known any more', unknown, true, 'info', 'no way'],
  ['is not known', unknown, false, 'debug', 'no way'],
  ['is gone without having been known', undefined, false, 'debug', undefined],
] as const)('copies that are too long: it %s', (_, finding, wasTooLong, level, reason) => {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const log = createLog({ level: 'debug', base: { name: 'taas-agent', host: 'h' }, stream });
  const counters = createAgentCounters();
  narrateMtu({ log, counters }, { kind: 'mtu', tapFlow: 'f', finding, wasTooLong, tooLong: 3 });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level, tapFlow: 'f' }]);
  expect(JSON.parse(lines.join()).reason).toBe(reason);
  expect(counters.snapshot()['taas_agent_mtu_warnings']).toBe(3);
});
