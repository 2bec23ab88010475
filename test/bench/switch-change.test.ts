import { expect, test } from 'vitest';
import type { FlowText } from '../../src/openflow/flow.ts';
import type { SwitchState } from './bare-switch.ts';
import { changeBetween } from './switch-change.ts';

const flow = (match: string, actions: string, cookie = 1n): FlowText => ({
  bridge: 'tap',
  table: 0,
  priority: 100,
  cookie,
  match,
  actions,
});

const state = (flows: readonly FlowText[], out: readonly string[], more: readonly string[] = []): SwitchState => ({
  flows: { integration: [], tap: flows },
  mirrors: new Map(
    ['mirror', ...more].map((id) => [id, { select_src_port: new Set(out), select_dst_port: new Set<string>() }]),
  ),
  transactions: 0,
});

const stays = flow('dl_vlan=1', 'drop');
const before = state([stays, flow('dl_vlan=2', 'output:1'), flow('dl_vlan=3', 'drop')], ['p', 'q']);
const after = state([stays, flow('dl_vlan=2', 'output:2'), flow('dl_vlan=4', 'drop', 2n)], ['q', 'r', 's']);

test('a change names the flows and the ports of mirrors that differ, and nothing else', () => {
  expect(changeBetween(before, after)).toEqual({
    flows: {
      integration: [],
      tap: [
        { command: 'DELETE_STRICT', flow: flow('dl_vlan=3', 'drop') },
        { command: 'ADD', flow: flow('dl_vlan=2', 'output:2') },
        { command: 'ADD', flow: flow('dl_vlan=4', 'drop', 2n) },
      ],
    },
    mirrors: [{ rowId: 'mirror', column: 'select_src_port', insert: ['r', 's'], remove: ['p'] }],
  });
});

test('another cookie is another flow', () => {
  const { flows } = changeBetween(state([stays], []), state([{ ...stays, cookie: 7n }], []));
  expect(flows.tap).toEqual([{ command: 'ADD', flow: { ...stays, cookie: 7n } }]);
});

test('equal states need no change', () => {
  expect(changeBetween(after, after)).toEqual({ flows: { integration: [], tap: [] }, mirrors: [] });
});

test('mirrors that come or go are no change that could be made bare', () => {
  expect(() => changeBetween(before, state([], [], ['other']))).toThrow('mirror other is new');
  expect(() => changeBetween(state([], [], ['other']), before)).toThrow('a mirror is gone');
});
