import { afterAll, beforeAll, expect, test } from 'vitest';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { snapshotForeign } from '../support/snapshot.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { plugVm, type Vm } from '../support/vm.ts';

const OWNER = 'external_ids:owner=taas-agent';
const OUR_COOKIE = '0x7461617300000001';

let on: Switch;
let vm: Vm;

beforeAll(async () => {
  on = await startSwitch();
  await on.addBridge('br-int');
  vm = await plugVm(on, { name: 'a', tag: 1 });
});

afterAll(async () => {
  await vm?.remove();
  await on?.stop();
});

async function addMirror(name: string, ...columns: readonly string[]): Promise<void> {
  const create = ['--', '--id=@m', 'create', 'Mirror', `name=${name}`, ...columns];
  await on.vsctl(
    '--',
    '--id=@p',
    'get',
    'Port',
    vm.portName,
    ...create,
    'select_src_port=@p',
    '--',
    'add',
    'Bridge',
    'br-int',
    'mirrors',
    '@m',
  );
}

async function addPatch(name: string, ...columns: readonly string[]): Promise<void> {
  const owned = columns.length === 0 ? [] : ['--', 'set', 'Port', name, ...columns];
  await on.vsctl(
    'add-port',
    'br-int',
    name,
    ...owned,
    '--',
    'set',
    'Interface',
    name,
    'type=patch',
    'options:peer=none',
    ...columns,
  );
}

test('traffic does not show', async () => {
  const before = await snapshotForeign(on);
  await sendFrames(vm, [ethernet({ src: vm.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered('s', 1) })]);
  await settle(on);
  expect(await snapshotForeign(on)).toBe(before);
  expect(before).toContain(vm.portId);
});

test('what is ours does not show, nor do the references to it', async () => {
  const before = await snapshotForeign(on);
  await on.addBridge('br-tap', { flows: [], externalIds: { owner: 'taas-agent' } });
  await on.vsctl('set', 'Port', 'br-tap', OWNER, '--', 'set', 'Interface', 'br-tap', OWNER);
  await addPatch('mirror-out-0', OWNER);
  await addMirror('out-0', OWNER);
  await on.ofctl('add-flow', 'br-int', `cookie=${OUR_COOKIE},table=0,priority=9,dl_vlan=9 actions=drop`);
  expect(await snapshotForeign(on)).toBe(before);
  await on.vsctl('del-br', 'br-tap', '--', 'clear', 'Bridge', 'br-int', 'mirrors', '--', 'del-port', 'mirror-out-0');
  await on.ofctl('del-flows', 'br-int', `cookie=${OUR_COOKIE}/-1`);
  expect(await snapshotForeign(on)).toBe(before);
});

test.each<[string, () => Promise<unknown>]>([
  ['a mirror', () => addMirror('operators')],
  ['a port', () => addPatch('operators-patch')],
  ['a port owned by another', () => addPatch('others-patch', 'external_ids:owner=another')],
  ['a tag', () => vm.setTag(2)],
  ['a bridge', () => on.addBridge('br-ex')],
  ['a flow', () => on.ofctl('add-flow', 'br-int', 'cookie=0x7461617200000001,table=9,actions=drop')],
  ['a flow without a cookie', () => on.ofctl('add-flow', 'br-int', 'table=8,actions=drop')],
  ['the actions of a flow', () => on.ofctl('mod-flows', 'br-int', 'table=60,actions=drop')],
  ['a deleted flow', () => on.ofctl('del-flows', 'br-int', 'table=24')],
  ['a group', () => on.ofctl('add-group', 'br-int', 'group_id=1,type=all,bucket=drop')],
  ['a setting', () => on.vsctl('set', 'Open_vSwitch', '.', 'other_config:max-idle=9000')],
])('a change of what is not ours shows: %s', async (_, change) => {
  const before = await snapshotForeign(on);
  await change();
  expect(await snapshotForeign(on)).not.toBe(before);
});
