import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { noneAbandoned } from '../../src/compile/abandoned-services.ts';
import { compile } from '../../src/compile/compile.ts';
import type { HostFacts } from '../../src/compile/host-facts.ts';
import { capturePatch, SERVICE_PATCH, TABLE_NAMES } from '../../src/compile/pipeline.ts';
import { nothingWanted } from '../../src/compile/wanted.ts';
import { plan } from '../../src/plan/plan.ts';
import type { RowChange, Step } from '../../src/plan/step.ts';
import { SwitchError } from '../../src/reconcile/switch-error.ts';
import type { OvsSwitch } from '../../src/switch/ovs-switch.ts';
import { usualTunnels } from '../compile/builders.ts';
import { eventually } from '../support/eventually.ts';
import { snapshotForeign } from '../support/snapshot.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { type PortVlan, plugVm, type Vm } from '../support/vm.ts';
import { createFlow, createService, stateAfter, tapFlow, tapService } from '../tap/builders.ts';
import { held, openSwitch } from './open-switch.ts';

let on: Switch;
let opened: OvsSwitch;
let others: OvsSwitch[] = [];
const vms: Vm[] = [];

beforeAll(async () => {
  on = await startSwitch();
  await on.addBridge('br-int');
});
afterAll(() => on?.stop());
beforeEach(() => {
  opened = openSwitch(on);
});
afterEach(async () => {
  // First those that might hold the lock.
  for (const one of others.splice(0)) await one.close();
  if (on.vswitchd.isRunning() && on.ovsdb.isRunning()) await clean();
  await opened.close();
  for (const vm of vms.splice(0)) await vm.remove();
});

async function vm(name: string, vlan?: PortVlan): Promise<Vm> {
  const plugged = await plugVm(on, vlan === undefined ? { name } : { name, vlan });
  vms.push(plugged);
  return plugged;
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => error,
  );
const rows = (...changes: readonly RowChange[]): Step => ({ kind: 'rows', changes });
const bridge = { role: 'tap', datapathType: 'netdev', failMode: 'secure', tableNames: TABLE_NAMES } as const;
const patch = capturePatch('OUT', 3);
const basics = rows(
  { kind: 'create-bridge', bridge },
  ...[SERVICE_PATCH, patch].flatMap((pair): RowChange[] => [
    { kind: 'create-port', port: pair.integration },
    { kind: 'create-port', port: pair.tap },
  ]),
);

async function applyAll(steps: readonly Step[]): Promise<void> {
  for (const step of steps) await opened.apply(step);
}

/** Facts that show what was just done by others, too: those come by the monitor, a moment later. */
const factsWhere = (holds: (facts: HostFacts) => boolean) =>
  eventually(
    () => {
      const facts = opened.facts();
      return facts !== undefined && holds(facts) && facts;
    },
    { what: 'such facts' },
  );

async function clean(): Promise<void> {
  const facts = await held(opened);
  await applyAll(plan(facts, await opened.readFlows(facts, 'afresh'), nothingWanted));
}

describe('facts of a real database', () => {
  test.each<[string, PortVlan | undefined, unknown]>([
    ['access', { mode: 'access', tag: 5 }, { kind: 'access', vid: 5 }],
    ['trunk', { mode: 'trunk', trunks: [5, 6] }, { kind: 'trunk', native: 0 }],
    ['native-untagged', { mode: 'native-untagged', tag: 5 }, { kind: 'trunk', native: 5 }],
    ['native-tagged', { mode: 'native-tagged', tag: 5 }, { kind: 'trunk', native: 0 }],
    ['dot1q-tunnel', { mode: 'dot1q-tunnel', tag: 5 }, { kind: 'tunnel', vid: 5 }],
    ['nothing', undefined, { kind: 'trunk', native: 0 }],
    ['the dead VLAN', { mode: 'access', tag: 4095 }, { kind: 'dead' }],
  ])('a VM on a port of %s', async (_, vlan, vlans) => {
    const plugged = await vm('a', vlan);
    const ofport = await plugged.ofport();
    const facts = await factsWhere(({ integration }) => integration?.ports[0]?.ofport === ofport);
    expect(facts.integration?.ports).toEqual([
      {
        rowId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: plugged.portName,
        owned: false,
        ofport,
        portId: plugged.portId,
        mac: plugged.mac,
        vlans,
        mtu: 1500,
        patch: undefined,
      },
    ]);
  });

  test('follow what others change', async () => {
    const plugged = await vm('a', { mode: 'access', tag: 4095 });
    await factsWhere(({ integration }) => integration?.ports[0]?.vlans.kind === 'dead');
    let told = 0;
    const end = opened.onChange(() => {
      told += 1;
    });
    await plugged.setTag(7);
    await factsWhere(({ integration }) => JSON.stringify(integration?.ports[0]?.vlans).includes('7'));
    expect(told).toBeGreaterThan(0);
    await plugged.unplug();
    await factsWhere(({ integration }) => integration?.ports.length === 0);
    end();
  });

  test('tell of MTUs: of ports by the database, of interfaces that are not in it by a look of a minute', async () => {
    const plugged = await vm('a', { mode: 'access', tag: 5 });
    await on.namespace.ip('link', 'set', plugged.portName, 'mtu', '1300');
    await factsWhere(({ integration }) => integration?.ports[0]?.mtu === 1300);
    await on.addBridge('br-tun', { flows: [] });
    const options = ['options:key=flow', 'options:remote_ip=flow', 'options:local_ip=127.0.0.1'];
    await on.vsctl('add-port', 'br-tun', 'gre-1', '--', 'set', 'Interface', 'gre-1', 'type=gre', ...options);
    const mtu = Number(await readFile('/sys/class/net/lo/mtu', 'utf8'));
    const facts = await factsWhere(({ underlays }) => underlays.length > 0);
    expect(facts.underlays).toEqual([{ name: 'lo', addresses: ['127.0.0.1'], mtu }]);
    const [before, now] = [opened.facts(), performance.now()];
    expect(opened.facts()).toBe(before);
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 60_000);
    try {
      const after = opened.facts();
      expect(after).not.toBe(before);
      expect(after).toEqual(before);
    } finally {
      clock.mockRestore();
      await on.vsctl('del-br', 'br-tun');
    }
  });

  test('tell of a port that the switch cannot open', async () => {
    await on.vsctl(
      '--no-wait',
      'add-port',
      'br-int',
      'none',
      '--',
      'set',
      'Interface',
      'none',
      'external_ids:iface-id=x',
    );
    const facts = await factsWhere(
      ({ integration }) => integration?.ports.some(({ name }) => name === 'none') === true,
    );
    expect(facts.integration?.ports.map(({ portId, ofport }) => [portId, ofport])).toEqual([['x', undefined]]);
    await on.vsctl('del-port', 'none');
  });

  test('tell of the bridge that is ours as it was made, with the numbers that were asked for', async () => {
    await held(opened);
    await opened.apply(basics);
    const { tap, integration } = await held(opened);
    const { role, ...made } = bridge;
    expect(role).toBe('tap');
    expect(tap).toMatchObject({ owned: true, ...made });
    const port = (fact: typeof tap, name: string) => fact?.ports.find((each) => each.name === name);
    for (const { integration: outer, tap: inner } of [SERVICE_PATCH, patch]) {
      for (const [fact, wanted] of [
        [integration, outer],
        [tap, inner],
      ] as const) {
        const { ofportRequest, peer, guarded } = wanted;
        expect(port(fact, wanted.name)).toMatchObject({
          owned: true,
          ofport: ofportRequest,
          patch: { peer, ofportRequest, guarded },
        });
      }
    }
  });
});

describe('a step', () => {
  test('is confirmed when the switch has applied it, not when it is written', async () => {
    await held(opened);
    await opened.apply(basics);
    await on.killVswitchd();
    const plugged: RowChange = { kind: 'create-port', port: capturePatch('IN', 1).integration };
    let confirmed = false;
    const applying = opened.apply(rows(plugged)).then(() => {
      confirmed = true;
    });
    await factsWhere(({ integration }) => integration?.ports.some(({ name }) => name === 'mirror-in-1') === true);
    expect(confirmed).toBe(false);
    await on.startVswitchd();
    await applying;
    expect(await on.ofctl('show', 'br-int')).toContain('65002(mirror-in-1)');
  });

  test('of a switch that is not running fails in the end as unreachable', async () => {
    await held(opened);
    await opened.apply(basics);
    await opened.close();
    const impatient = openSwitch(on, { patience: 500 });
    others.push(impatient);
    await held(impatient);
    await on.killVswitchd();
    const error = await failure(
      impatient.apply(rows({ kind: 'create-port', port: capturePatch('IN', 1).integration })),
    );
    await on.startVswitchd();
    expect(error).toBeInstanceOf(SwitchError);
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('is it running?') });
    await impatient.close();
    opened = openSwitch(on);
    await held(opened);
    await opened.apply(rows({ kind: 'barrier' }));
  });

  test('that only waits for what others have changed ends when that is applied; at once when all is', async () => {
    await held(opened);
    await opened.apply(basics);
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    try {
      await opened.apply(rows({ kind: 'barrier' }));
      await on.vsctl('--no-wait', 'set', 'Port', 'br-int', 'tag=7');
      await eventually(async () => (await on.vsctl('get', 'Port', 'br-int', 'tag')) === '7', { what: 'the tag' });
      let ended = false;
      const waiting = opened.apply(rows({ kind: 'barrier' })).then(() => {
        ended = true;
      });
      await on.vsctl('--no-wait', 'get', 'Port', 'br-int', 'tag');
      expect(ended).toBe(false);
      process.kill(on.vswitchd.pid(), 'SIGCONT');
      await waiting;
    } finally {
      process.kill(on.vswitchd.pid(), 'SIGCONT');
      await on.vsctl('clear', 'Port', 'br-int', 'tag');
    }
  });

  test('whose database ends meanwhile is unreachable', async () => {
    await held(opened);
    process.kill(on.vswitchd.pid(), 'SIGSTOP');
    const applying = failure(opened.apply(rows({ kind: 'barrier' })));
    await on.ovsdb.stop();
    process.kill(on.vswitchd.pid(), 'SIGCONT');
    expect(await applying).toMatchObject({ name: 'SwitchError', code: 'unreachable' });
    expect(opened.facts()).toBeUndefined();
    expect(await failure(opened.apply(rows({ kind: 'barrier' })))).toMatchObject({ code: 'unreachable' });
    await on.ovsdb.start();
    await held(opened);
    await opened.apply(rows({ kind: 'barrier' }));
  });

  test('that the database refuses is refused, whole', async () => {
    await held(opened);
    await opened.apply(basics);
    const before = await on.vsctl('list-ports', 'br-int');
    const fresh: RowChange = { kind: 'create-port', port: capturePatch('IN', 1).integration };
    const double: RowChange = { kind: 'create-port', port: patch.integration };
    expect(await failure(opened.apply(rows(fresh, double)))).toMatchObject({ name: 'SwitchError', code: 'refused' });
    expect(await on.vsctl('list-ports', 'br-int')).toBe(before);
  });

  test('of flows on a bridge that is gone is unreachable', async () => {
    await held(opened);
    const flow = { bridge: 'tap', table: 0, priority: 1, cookie: 0n, match: '', actions: 'drop' } as const;
    const step: Step = { kind: 'flows', bridge: 'tap', mods: [{ command: 'ADD', flow }] };
    expect(await failure(opened.apply(step))).toMatchObject({ name: 'SwitchError', code: 'unreachable' });
  });
});

test('everything that a tap needs is made and confirmed, and removed without a trace; what is not ours stays', async () => {
  const [source, sensor] = [
    await vm('source', { mode: 'access', tag: 5 }),
    await vm('sensor', { mode: 'access', tag: 6 }),
  ];
  const before = await snapshotForeign(on);
  const desired = stateAfter(
    createService(tapService(1, { portId: sensor.portId })),
    createFlow(tapFlow(1, { sourcePortId: source.portId, sourceMac: source.mac })),
  );
  const stepsDue = async () => {
    const facts = await factsWhere(({ integration }) => integration?.ports.filter(({ ofport }) => ofport).length !== 0);
    const names = { integration: 'br-int', tap: 'br-tap', tunnel: null };
    const limits = { maxIn: 14, maxOut: 14 };
    const others = { carrierHolders: new Map(), foreignKeys: new Set<number>(), abandoned: noneAbandoned };
    const rest = { host: 'host-1', tunnel: usualTunnels, ...others };
    const compiled = compile({ desired, facts, limits, names, ...rest });
    if (compiled.kind === 'blocked') throw new Error(compiled.reason);
    return plan(facts, await opened.readFlows(facts, 'afresh'), compiled.wanted);
  };
  await factsWhere(({ integration }) => integration?.ports.every(({ ofport }) => ofport !== undefined) === true);
  await applyAll(await stepsDue());
  expect(await stepsDue()).toEqual([]);
  expect(
    (await on.vsctl('--columns=name', '--bare', 'list', 'Mirror')).split('\n').filter((line) => line),
  ).toHaveLength(2);
  await clean();
  for (const table of ['Mirror', 'Flow_Table']) expect(await on.vsctl('--bare', 'list', table)).toBe('');
  expect(await on.vsctl('list-br')).toBe('br-int');
  expect(await snapshotForeign(on)).toBe(before);
});

describe('the lock', () => {
  test('keeps a second agent off: it has no facts, and its transactions fail', async () => {
    await held(opened);
    const second = openSwitch(on);
    others.push(second);
    expect(await second.lockWithin(30_000)).toBe('taken');
    expect(second.facts()).toBeUndefined();
    expect(await failure(second.apply(basics))).toMatchObject({ name: 'SwitchError', code: 'unreachable' });
    expect(await on.vsctl('list-br')).toBe('br-int');
    expect(await opened.lockWithin(30_000)).toBe('held');
  });

  test('goes to the second when the first ends, and it is told', async () => {
    await held(opened);
    const second = openSwitch(on);
    others.push(second);
    expect(await second.lockWithin(30_000)).toBe('taken');
    const told = new Promise<void>((resolve) => second.onChange(() => second.facts() && resolve()));
    await opened.close();
    await told;
    await second.apply(rows({ kind: 'barrier' }));
    opened = second;
    others = [];
  });

  test('of a switch that is not there is not waited for without end', async () => {
    await on.ovsdb.stop();
    const lost = openSwitch(on);
    others.push(lost);
    expect(await lost.lockWithin(50)).toBe('away');
    await on.ovsdb.start();
  });
});
