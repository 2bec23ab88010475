import { expect, test } from 'vitest';
import { cookieOf } from '../../src/compile/cookie.ts';
import type { FlowText } from '../../src/openflow/flow.ts';
import { formatFlowMod } from '../../src/openflow/flow-mod.ts';
import { formatMatch } from '../../src/openflow/flow-syntax.ts';

test('VLAN matches: none, one, a block, any', () => {
  const vlan = (vid: number, mask: number) => formatMatch({ vlan: { kind: 'tagged', vid, mask } });
  expect(formatMatch({ vlan: { kind: 'no-vlan' } })).toBe('vlan_tci=0x0000/0x0fff');
  expect(vlan(7, 0xfff)).toBe('dl_vlan=7');
  expect(vlan(16, 0xff0)).toBe('vlan_tci=0x1010/0x1ff0');
  expect(vlan(0, 0)).toBe('vlan_tci=0x1000/0x1000');
});

test('a change of a flow names our cookie, so that nobody else’s flow is meant', () => {
  const flow: FlowText = {
    bridge: 'integration',
    table: 0,
    priority: 60_000,
    cookie: cookieOf('service', 7),
    match: 'in_port=65000,dl_vlan=7',
    actions: 'pop_vlan,output:3',
  };
  const where = 'table=0,priority=60000,in_port=65000,dl_vlan=7';
  expect(formatFlowMod({ command: 'ADD', flow })).toBe(
    `add cookie=0x7461617340000007,${where},actions=pop_vlan,output:3`,
  );
  expect(formatFlowMod({ command: 'MODIFY_STRICT', flow })).toBe(
    `modify_strict cookie=0x7461617340000007/-1,${where},actions=pop_vlan,output:3`,
  );
  expect(formatFlowMod({ command: 'DELETE_STRICT', flow })).toBe(`delete_strict cookie=0x7461617340000007/-1,${where}`);
  expect(formatFlowMod({ command: 'DELETE_STRICT', flow: { ...flow, match: '' } })).toBe(
    'delete_strict cookie=0x7461617340000007/-1,table=0,priority=60000',
  );
});
