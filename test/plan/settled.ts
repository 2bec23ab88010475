import { carrierHolders } from '../../src/compile/carrier-holders.ts';
import type { PortFact } from '../../src/compile/host-facts.ts';
import { plan } from '../../src/plan/plan.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import { access, compiled, flowTables, hostFacts, inputFor, vmPort } from '../compile/builders.ts';
import { applyStep, type Model } from './model.ts';

export const sensor = vmPort(901, access(3));
export const bare = (ports: readonly PortFact[]): Model => ({ facts: hostFacts([sensor, ...ports]), flows: [] });
export const compileFor = (desired: DesiredState, { facts, flows }: Model) =>
  compiled({
    ...inputFor(desired, facts),
    limits: { maxIn: 3, maxOut: 3 },
    carrierHolders: carrierHolders(flowTables(flows).integration),
  });
export const stepsFor = (desired: DesiredState, model: Model) =>
  plan(model.facts, flowTables(model.flows), compileFor(desired, model).wanted);

/** Rounds of compile and plan until nothing is left to do, as the loop does. */
export function settled(desired: DesiredState, start: Model): Model {
  let model = start;
  for (let round = 0; round < 5; round += 1) {
    const steps = stepsFor(desired, model);
    if (steps.length === 0) return model;
    model = steps.reduce(applyStep, model);
  }
  throw new Error('does not settle');
}

/** The same switch with other VMs plugged: ports that stay keep their row, and a gone port leaves its mirrors. */
export function movePorts(model: Model, vms: readonly PortFact[]): Model {
  const { integration } = model.facts;
  if (!integration) return model;
  const kept = new Set(vms.map(({ rowId }) => rowId));
  return {
    ...model,
    facts: {
      ...model.facts,
      integration: {
        ...integration,
        ports: [...integration.ports.filter(({ owned }) => owned), sensor, ...vms],
        mirrors: integration.mirrors.map((mirror) => ({
          ...mirror,
          selectDst: mirror.selectDst.filter((port) => kept.has(port)),
          selectSrc: mirror.selectSrc.filter((port) => kept.has(port)),
        })),
      },
    },
  };
}
