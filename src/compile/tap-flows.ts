import type { Flow } from '../openflow/flow.ts';
import { type OneWay, waysOf } from '../tap/tap.ts';
import { maskedVlans } from '../tap/vlan-filter.ts';
import { cookieOf, policyKey } from './cookie.ts';
import { type FlowUnit, type FlowUnits, flowUnit } from './flow-unit.ts';
import {
  DELIVER_PRIORITY,
  DROP_PRIORITY,
  matchVlan,
  POLICY_PRIORITY,
  SERVICE_PRIORITY,
  TABLE_NAMES,
  TABLES,
} from './pipeline.ts';
import type { LocalTapFlow, LocalTapService } from './select-taps.ts';

/** What nothing else matches is dropped anyway (a table miss); these flows count it. */
const dropFlows: readonly Flow[] = [...TABLE_NAMES.keys()].map((table) => ({
  bridge: 'tap',
  table,
  priority: DROP_PRIORITY,
  cookie: cookieOf('drop', 0),
  match: {},
  actions: [],
}));

export const dropUnit: FlowUnit = flowUnit(undefined, [], () => dropFlows);

function policyFlowsOfWay({ held, tapService }: LocalTapFlow, way: OneWay): Flow[] {
  const key = policyKey(held.number, way);
  const { vlanFilter } = held.tap;
  const matches = vlanFilter
    ? maskedVlans(vlanFilter).map(({ value, mask }) => ({ vlan: { kind: 'tagged', vid: value, mask } as const }))
    : [{}];
  return matches.map((match) => ({
    bridge: 'tap',
    table: TABLES.policy,
    priority: POLICY_PRIORITY,
    cookie: cookieOf('policy', key),
    match: { reg0: key, ...match },
    actions: [
      { kind: 'load', register: 'reg1', value: tapService.tap.taasId },
      { kind: 'resubmit', table: TABLES.deliver },
    ],
  }));
}

/** One flow for each direction of a tap flow, or one for each masked VLAN of its filter: its cookie counts its copies. */
export function policyUnit(tapFlow: LocalTapFlow, before: FlowUnits | undefined): readonly [number, FlowUnit] {
  const { held, tapService } = tapFlow;
  const from = [held.tap, tapService.tap.taasId];
  const make = () => waysOf(held.tap.direction).flatMap((way) => policyFlowsOfWay(tapFlow, way));
  return [held.number, flowUnit(before?.get(held.number), from, make)];
}

/** Numbers of the ports that join br-tap and br-int. */
export interface ServicePatchPorts {
  readonly tap: number;
  readonly integration: number;
}

function serviceFlows({ held, ofport, carrier }: LocalTapService, patch: ServicePatchPorts): Flow[] {
  return [
    {
      bridge: 'tap',
      table: TABLES.deliver,
      priority: DELIVER_PRIORITY,
      cookie: cookieOf('deliver', held.number),
      match: { reg1: held.tap.taasId },
      actions: [
        { kind: 'push_vlan', vid: carrier },
        { kind: 'output', port: patch.tap },
      ],
    },
    {
      bridge: 'integration',
      table: 0,
      priority: SERVICE_PRIORITY,
      cookie: cookieOf('service', held.number),
      match: { inPort: patch.integration, ...matchVlan(carrier) },
      actions: [{ kind: 'pop_vlan' }, { kind: 'output', port: ofport }],
    },
  ];
}

/** From br-tap to br-int with the carrier as outermost tag, and there to the service's port: our only flow on br-int. */
export function serviceUnit(
  service: LocalTapService,
  patch: ServicePatchPorts,
  before: FlowUnits | undefined,
): readonly [number, FlowUnit] {
  const { held, ofport, carrier } = service;
  const from = [held.tap.taasId, ofport, carrier, patch.tap, patch.integration];
  return [held.number, flowUnit(before?.get(held.number), from, () => serviceFlows(service, patch))];
}
