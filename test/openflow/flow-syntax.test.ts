import { expect, test } from 'vitest';
import { cookieOf } from '../../src/compile/cookie.ts';
import type { FlowText } from '../../src/openflow/flow.ts';
import { formatFlow, formatFlowMod, formatMatch, parseFlowDump } from '../../src/openflow/flow-syntax.ts';
import { sampleFlows } from './flow-samples.ts';

/** As `ovs-ofctl --no-names --no-stats dump-flows` of Open vSwitch 3.1 prints it. */
const line = ({ cookie, table, priority, match, actions }: FlowText) =>
  ` cookie=0x${cookie.toString(16)}, table=${table}, priority=${priority}${match === '' ? '' : `,${match}`} actions=${actions}`;

test('what is printed as the switch prints it is read as it was', () => {
  const flows = sampleFlows.map(formatFlow);
  expect(parseFlowDump('tap', `OFPST_FLOW reply (OF1.4) (xid=0x2):\n${flows.map(line).join('\n')}\n`)).toEqual(flows);
});

test('counters and timers of a dump are not part of a match', () => {
  const text =
    ' cookie=0x7461617340000001, duration=3.5s, table=0, n_packets=12, n_bytes=1200, idle_age=3, hard_age=4, priority=60000,in_port=1,dl_vlan=7 actions=pop_vlan,output:3';
  expect(parseFlowDump('integration', text)).toEqual([
    {
      bridge: 'integration',
      table: 0,
      priority: 60_000,
      cookie: 0x7461617340000001n,
      match: 'in_port=1,dl_vlan=7',
      actions: 'pop_vlan,output:3',
    },
  ]);
});

test('a flow without cookie, table or priority has OpenFlow’s defaults', () => {
  expect(parseFlowDump('tap', ' actions=drop')).toEqual([
    { bridge: 'tap', table: 0, priority: 32_768, cookie: 0n, match: '', actions: 'drop' },
  ]);
});

test.each(['', 'OFPST_FLOW reply (OF1.4) (xid=0x2):', '\n\n'])('a dump of nothing holds no flow: %j', (text) => {
  expect(parseFlowDump('tap', text)).toEqual([]);
});

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
