import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import { repairsOf } from '../../src/plan/repairs.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { anyPorts, anyTaps } from '../compile/any-host.ts';
import { access, flowTables, vmPort } from '../compile/builders.ts';
import { createFlow, createService, deleteFlow, HOST, stateAfter, tapFlow, tapService, uuid } from '../tap/builders.ts';
import { applyStep, type Model, withBridge, withMirror } from './model.ts';
import { bare, compileFor, movePorts, settled, stepsFor } from './settled.ts';

const services = [createService(tapService(1)), createService(tapService(2, { portId: uuid('port', 901) }))];
const desired = stateAfter(...services, createFlow(tapFlow(1)));
const good = settled(desired, bare([vmPort(1, access(5))]));
const { wanted } = compileFor(desired, good);

/** What is named when this happens to a switch that holds what is wanted. */
const named = (change: (model: Model) => Model) => repairsOf(stepsFor(desired, change(good)), wanted);
const onIntegration = (change: Parameters<typeof withBridge>[2]) => (model: Model) => ({
  ...model,
  facts: withBridge(model.facts, 'integration', change),
});

describe('what others have done is named', () => {
  test('nothing when they did nothing', () => {
    expect(named((model) => model)).toEqual([]);
  });

  test('a flow that was removed, or changed', () => {
    const flow = 'flow on the tap bridge: table=0,priority=200,in_port=65001,dl_vlan=5';
    const isIt = (match: string) => match === 'in_port=65001,dl_vlan=5';
    expect(named((model) => ({ ...model, flows: model.flows.filter(({ match }) => !isIt(match)) }))).toEqual([flow]);
    expect(
      named((model) => ({
        ...model,
        flows: model.flows.map((each) => (isIt(each.match) ? { ...each, actions: 'drop' } : each)),
      })),
    ).toEqual([flow]);
  });

  test('a flow that was added with a cookie of ours', () => {
    const [any] = good.flows;
    if (!any) throw new Error('there are flows');
    expect(named((model) => ({ ...model, flows: [...model.flows, { ...any, priority: 77 }] }))).toEqual([
      'flow on the integration bridge: table=0,priority=77,in_port=65000,dl_vlan=3001',
    ]);
  });

  test('a mirror that is gone, copies one port less, or one more', () => {
    const change = (ports: readonly string[]) =>
      onIntegration((bridge) =>
        bridge.mirrors.reduce(
          (changed, { rowId, name }) =>
            name === 'taas-in-0' ? withMirror(changed, rowId, (mirror) => ({ ...mirror, selectDst: ports })) : changed,
          bridge,
        ),
      );
    expect(named(onIntegration((bridge) => ({ ...bridge, mirrors: [] })))).toEqual([
      'mirror taas-in-0',
      'mirror taas-out-0',
    ]);
    expect(named(change([]))).toEqual(['mirror taas-in-0']);
    expect(named(change(['row-1', 'row-901']))).toEqual(['mirror taas-in-0']);
  });

  test('a port that is gone, and the bridge with all that is on it', () => {
    const without = (name: string) =>
      onIntegration((bridge) => ({ ...bridge, ports: bridge.ports.filter((port) => port.name !== name) }));
    expect(named(without('patch-int-tap'))).toEqual(['port patch-int-tap']);
    const names = named((model) => ({ ...model, facts: { ...model.facts, tap: undefined }, flows: [] }));
    expect(names).toEqual(expect.arrayContaining(['the tap bridge', 'port capture-in-0']));
  });
});

test('what follows from taps and ports that come and go is not named', () => {
  fc.assert(
    fc.property(
      anyPorts,
      anyTaps,
      anyPorts,
      anyTaps,
      fc.array(fc.integer({ min: 1, max: 12 })),
      (portsBefore, tapsBefore, portsAfter, tapsAfter, gone) => {
        const first = stateAfter(...services, ...tapsBefore);
        let model = settled(first, bare(portsBefore));
        const before = compileFor(first, model).wanted;
        const events = [...tapsAfter, ...gone.map((number) => deleteFlow(uuid('flow', number)))];
        const next = takeEvents(first, events, HOST).state;
        model = movePorts(model, portsAfter);
        for (let steps = stepsFor(next, model); steps.length > 0; steps = stepsFor(next, model)) {
          expect(repairsOf(steps, before)).toEqual([]);
          model = steps.reduce(applyStep, model);
        }
        expect(plan(model.facts, flowTables(model.flows), compileFor(next, model).wanted)).toEqual([]);
      },
    ),
  );
});
