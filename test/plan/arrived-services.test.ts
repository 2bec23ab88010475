import { expect, test } from 'vitest';
import { cookieOf, type Stage } from '../../src/compile/cookie.ts';
import type { FlowBridge, FlowMod } from '../../src/openflow/flow.ts';
import { arrivedServices } from '../../src/plan/arrived-services.ts';

const mod = (command: FlowMod['command'], stage: Stage, value: number, bridge: FlowBridge = 'tap'): FlowMod => ({
  command,
  flow: { bridge, table: 0, priority: 100, cookie: cookieOf(stage, value), match: '', actions: '' },
});

test('services have arrived whose copies are let in for the first time', () => {
  const mods = [
    mod('ADD', 'arrive', 1),
    mod('ADD', 'deliver', 2),
    mod('MODIFY_STRICT', 'arrive', 3),
    mod('DELETE_STRICT', 'arrive', 4),
    mod('ADD', 'arrive', 5),
  ];
  expect(
    arrivedServices([
      { kind: 'rows', changes: [] },
      { kind: 'flows', bridge: 'tap', mods },
      { kind: 'flows', bridge: 'tunnel', mods: [mod('ADD', 'receive', 6, 'tunnel')] },
    ]),
  ).toEqual([1, 5]);
});
