import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostFacts, MirrorFact } from '../../src/compile/host-facts.ts';
import { nothingWanted } from '../../src/compile/wanted.ts';
import type { FlowText } from '../../src/openflow/flow.ts';
import { plan } from '../../src/plan/plan.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { anyPorts, anyTaps } from '../compile/any-host.ts';
import {
  access,
  bridge,
  compiled,
  flowsOf,
  flowTables,
  hostFacts,
  inputFor,
  tunnelBridge,
  vmPort,
} from '../compile/builders.ts';
import { createFlow, createService, deleteFlow, HOST, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import { applyStep, type Model } from './model.ts';
import { bare, compileFor, movePorts, sensor, settled, stepsFor } from './settled.ts';

const cleaned = (model: Model) => plan(model.facts, flowTables(model.flows), nothingWanted).reduce(applyStep, model);

/** What a switch holds, apart from ids and order. */
function contents({ facts, flows }: Model) {
  const name = (rowId: string | undefined) => facts.integration?.ports.find((port) => port.rowId === rowId)?.name;
  const sorted = <T>(values: readonly T[]) => values.map((value) => JSON.stringify(value)).sort();
  const bridgeOf = (fact: HostFacts['tap']) =>
    fact && {
      name: fact.name,
      ports: sorted(fact.ports.map((port) => [port.name, port.owned, port.patch])),
      mirrors: sorted(
        fact.mirrors.map((mirror) => [
          mirror.name,
          mirror.owned,
          [...mirror.selectDst].sort(),
          [...mirror.selectSrc].sort(),
          name(mirror.outputPort),
        ]),
      ),
    };
  return {
    integration: bridgeOf(facts.integration),
    tap: bridgeOf(facts.tap),
    flows: sorted(flows.map(({ cookie, ...flow }) => [cookie.toString(16), flow])),
  };
}

const services = [createService(tapService(1)), createService(tapService(2, { portId: uuid('port', 901) }))];

describe('applying a plan', () => {
  test('leads from any observed state to what is wanted, and then nothing is left to do', () => {
    fc.assert(
      fc.property(anyPorts, anyTaps, anyPorts, anyTaps, (portsBefore, tapsBefore, portsAfter, tapsAfter) => {
        const before = settled(stateAfter(...services, ...tapsBefore), bare(portsBefore));
        const desired = stateAfter(...services, ...tapsBefore, ...tapsAfter);
        const after = settled(desired, movePorts(before, portsAfter));
        expect(stepsFor(desired, after)).toEqual([]);
        // Where a port sits depends on what was before; what is made is nevertheless what is wanted now, and no more.
        const { wanted } = compileFor(desired, after);
        expect(after.flows.length).toBe(flowsOf(wanted).length);
        const own = after.facts.integration?.mirrors.map((mirror) => mirror.name).sort();
        expect(own).toEqual(wanted.mirrors.map(({ name }) => name).sort());
      }),
    );
  });

  test('of nothing removes everything of ours, and nothing else', () => {
    const foreignMirror: MirrorFact = {
      rowId: 'span',
      name: 'taas-in-0',
      owned: false,
      selectDst: ['row-1'],
      selectSrc: [],
      outputPort: undefined,
      plain: false,
    };
    const foreignFlow: FlowText = {
      bridge: 'integration',
      table: 0,
      priority: 60_000,
      cookie: 7n,
      match: 'x',
      actions: 'y',
    };
    fc.assert(
      fc.property(anyPorts, anyTaps, (list, events) => {
        const integration = bridge('br-int', { ports: [sensor, ...list], mirrors: [foreignMirror] });
        const start: Model = { facts: hostFacts([], { integration }), flows: [foreignFlow] };
        const made = settled(stateAfter(...services, ...events), start);
        expect(contents(cleaned(made))).toEqual(contents(start));
      }),
    );
  });

  test('repairs what somebody changed or deleted', () => {
    const desired = stateAfter(...services, createFlow(tapFlow(1)), createFlow(tapFlow(2)));
    const good = settled(desired, bare([vmPort(1, access(5)), vmPort(2, access(5))]));
    const spoil = (change: (model: Model) => Model) => contents(settled(desired, change(good)));
    const withInt = (change: Partial<HostFacts['integration'] & object>) => (model: Model) => ({
      ...model,
      facts: { ...model.facts, integration: { ...bridge('br-int'), ...model.facts.integration, ...change } },
    });
    const mirrors = good.facts.integration?.mirrors ?? [];
    const all = good.facts.integration?.ports ?? [];
    const wanted = contents(good);
    expect(spoil((model) => ({ ...model, flows: [] }))).toEqual(wanted);
    expect(
      spoil((model) => ({ ...model, flows: model.flows.map((flow) => ({ ...flow, actions: 'NORMAL' })) })),
    ).toEqual(wanted);
    expect(spoil(withInt({ mirrors: [] }))).toEqual(wanted);
    expect(spoil(withInt({ mirrors: mirrors.map((mirror) => ({ ...mirror, plain: false })) }))).toEqual(wanted);
    expect(
      spoil(withInt({ mirrors: mirrors.map((mirror) => ({ ...mirror, selectDst: [], selectSrc: ['row-901'] })) })),
    ).toEqual(wanted);
    expect(
      spoil(
        withInt({
          mirrors: [...mirrors, ...mirrors.map((mirror) => ({ ...mirror, rowId: `double ${mirror.rowId}` }))],
        }),
      ),
    ).toEqual(wanted);
    expect(
      spoil(
        withInt({
          ports: all.filter(({ owned }) => !owned),
          mirrors: mirrors.map((mirror) => ({ ...mirror, outputPort: undefined })),
        }),
      ),
    ).toEqual(wanted);
    expect(
      spoil(
        withInt({
          ports: all.map((port) => (port.patch ? { ...port, patch: { ...port.patch, guarded: false } } : port)),
        }),
      ),
    ).toEqual(wanted);
    expect(spoil((model) => ({ ...model, facts: { ...model.facts, tap: undefined }, flows: [] }))).toEqual(wanted);
  });
});

describe('the order of steps', () => {
  const desired = stateAfter(...services, createFlow(tapFlow(1, { direction: 'IN' })));
  const start = bare([vmPort(1, access(5))]);
  const kinds = (steps: ReturnType<typeof plan>) =>
    steps.map((step) =>
      step.kind === 'rows'
        ? step.changes.map(({ kind }) => kind)
        : [step.bridge, ...step.mods.map(({ command }) => command)],
    );

  test('on the way in: ports, then flows towards the sensor, then flows at the capture, then the mirror', () => {
    const steps = kinds(stepsFor(desired, start));
    expect(steps[0]).toEqual(['create-bridge', ...Array.from({ length: 6 }, () => 'create-port')]);
    expect(steps.slice(1).map((step) => step[0])).toEqual(['integration', 'tap', 'create-mirror']);
  });

  test('on the way out: the mirror, then the flows, then the ports', () => {
    const ofOneVlan = bare([vmPort(1, access(5)), vmPort(2, access(5))]);
    const both = takeEvents(desired, [createFlow(tapFlow(2, { direction: 'IN' }))], HOST).state;
    const gone = takeEvents(both, [deleteFlow(uuid('flow', 2))], HOST).state;
    expect(kinds(stepsFor(gone, settled(both, ofOneVlan)))).toEqual([
      ['delete-mirror'],
      ['tap', 'DELETE_STRICT', 'DELETE_STRICT'],
      ['delete-port', 'delete-port'],
    ]);
  });

  test('the first pair of ports of each direction stays, for the next tap', () => {
    const gone = takeEvents(desired, [deleteFlow(uuid('flow', 1))], HOST).state;
    expect(kinds(stepsFor(gone, settled(desired, start)))).toEqual([
      ['delete-mirror'],
      ['tap', 'DELETE_STRICT', 'DELETE_STRICT'],
    ]);
  });

  test('a second tap flow of a port changes flows only, after a barrier', () => {
    const more = takeEvents(
      desired,
      [createFlow(tapFlow(2, { direction: 'IN', sourcePortId: uuid('port', 1) }))],
      HOST,
    ).state;
    expect(kinds(stepsFor(more, settled(desired, start)))).toEqual([['barrier'], ['tap', 'MODIFY_STRICT', 'ADD']]);
  });

  test('a port that leaves is out of the mirror before its place serves another', () => {
    const both = takeEvents(desired, [createFlow(tapFlow(2, { direction: 'IN' }))], HOST).state;
    const one = settled(both, start);
    const retagged = movePorts(one, [vmPort(2, access(5))]);
    const steps = stepsFor(both, retagged);
    const modified = steps.findIndex(
      (step) => step.kind === 'flows' && step.mods.some(({ command }) => command === 'MODIFY_STRICT'),
    );
    const attached = steps.findIndex(
      (step) => step.kind === 'rows' && step.changes.some(({ kind }) => kind === 'update-mirror'),
    );
    expect(modified).toBeGreaterThan(0);
    expect(attached).toBeGreaterThan(modified);
  });

  test('a service that takes over a taas_id never has the carrier that the other still holds', () => {
    const first = stateAfter(...services, createFlow(tapFlow(1, { direction: 'IN' })));
    const model = settled(first, start);
    const usurper = createService(tapService(3, { taasId: 3001, portId: uuid('port', 1) }));
    const next = takeEvents(first, [usurper], HOST).state;
    const steps = stepsFor(next, model);
    // While br-tap still sends what it sent, nothing on br-int that it reaches has changed.
    const before = model.flows.filter((flow) => flow.bridge === 'integration');
    const firstMods = steps.findIndex((step) => step.kind === 'flows' && step.bridge === 'tap');
    const meanwhile = steps.slice(0, firstMods).reduce(applyStep, model);
    expect(meanwhile.flows).toEqual(expect.arrayContaining(before));
    const after = settled(next, model);
    const carriers = after.flows.filter((flow) => flow.bridge === 'integration').map(({ match }) => match);
    expect(carriers).toEqual(['in_port=65000,dl_vlan=3002', 'in_port=65000,dl_vlan=4094']);
  });

  describe('with a service on another host', () => {
    const there = 'compute-2';
    const remote = createService(tapService(3, { taasId: 7, portId: uuid('port', 902) }), there);
    const sent = stateAfter(remote, createFlow(tapFlow(1, { direction: 'IN', tapServiceId: uuid('service', 3) })));
    const { facts } = start;
    const joined = settled(sent, { facts: { ...facts, tunnel: tunnelBridge('vxlan', '172.30.0.2') }, flows: [] });
    const flowSteps = (steps: ReturnType<typeof plan>) =>
      steps.flatMap((step) =>
        step.kind === 'flows' ? [[step.bridge, ...[...new Set(step.mods.map((mod) => mod.command))].sort()]] : [],
      );

    test('that comes here: nothing that copies go through goes before they go elsewhere', () => {
      const steps = stepsFor(sent, movePorts(joined, [vmPort(1, access(5)), vmPort(902, access(3))]));
      expect(flowSteps(steps)).toEqual([
        ['integration', 'ADD'],
        ['tunnel', 'ADD'],
        ['tap', 'ADD', 'MODIFY_STRICT'],
        ['tunnel', 'DELETE_STRICT'],
      ]);
    });

    test('whose number another takes over: no copy for the former is under way when its place changes', () => {
      const usurper = createService(tapService(4, { taasId: 7, portId: uuid('port', 903) }), there);
      const flow = createFlow(
        tapFlow(2, { direction: 'IN', sourcePortId: uuid('port', 1), tapServiceId: uuid('service', 4) }),
      );
      const next = takeEvents(sent, [usurper, flow], HOST).state;
      expect(flowSteps(stepsFor(next, joined))).toEqual([
        ['tap', 'DELETE_STRICT'],
        ['tunnel', 'ADD'],
        ['tap', 'ADD', 'MODIFY_STRICT'],
      ]);
    });
  });

  test('a port that must change its mirror is moved in one transaction, and its old flows go after that', () => {
    const three = stateAfter(
      ...services,
      ...[1, 2, 3].map((number) => createFlow(tapFlow(number, { direction: 'IN' }))),
    );
    const model = settled(three, bare([1, 2, 3].map((number) => vmPort(number, access(5)))));
    const third = takeEvents(three, [deleteFlow(uuid('flow', 1)), deleteFlow(uuid('flow', 2))], HOST).state;
    const squeezed = ({ facts, flows }: Model) =>
      plan(facts, flowTables(flows), compiled({ ...inputFor(third, facts), limits: { maxIn: 1, maxOut: 1 } }).wanted);
    const steps = squeezed(model);
    const changes = steps.map((step) => (step.kind === 'rows' ? step.changes : []));
    expect(changes[0]).toMatchObject([
      { kind: 'update-mirror', mirror: { name: 'taas-in-0' }, insert: [], remove: ['row-1'] },
      { kind: 'delete-mirror', name: 'taas-in-1' },
    ]);
    expect(changes.at(-1)?.slice(0, 2)).toMatchObject([
      { kind: 'update-mirror', mirror: { name: 'taas-in-0' }, insert: ['row-3'], remove: [] },
      { kind: 'update-mirror', mirror: { name: 'taas-in-2' }, insert: [], remove: ['row-3'] },
    ]);
    const captures = ({ flows }: Model) =>
      flows.map(({ match }) => match).filter((match) => match.endsWith('dl_vlan=5'));
    const moved = steps.reduce(applyStep, model);
    expect(captures(moved).sort()).toEqual(['in_port=65001,dl_vlan=5', 'in_port=65003,dl_vlan=5']);
    const afterwards = squeezed(moved).reduce(applyStep, moved);
    expect(captures(afterwards)).toEqual(['in_port=65001,dl_vlan=5']);
    expect(squeezed(afterwards)).toEqual([]);
  });
});
