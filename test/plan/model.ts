import { type BridgeFact, FLOW, type HostFacts, type MirrorFact, type PortFact } from '../../src/compile/host-facts.ts';
import { isPatch, type WantedPort } from '../../src/compile/pipeline.ts';
import type { WantedBridge, WantedMirror } from '../../src/compile/wanted.ts';
import type { FlowBridge, FlowText } from '../../src/openflow/flow.ts';
import type { RowChange, Step } from '../../src/plan/step.ts';
import { bridge as emptyBridge } from '../compile/builders.ts';
import { applyFlowMods } from './apply-flow-mods.ts';

/** A switch as the planner sees it. */
export interface Model {
  readonly facts: HostFacts;
  readonly flows: readonly FlowText[];
}

const asBridge = (wanted: WantedBridge): Pick<BridgeFact, 'datapathType' | 'failMode' | 'tableNames'> => wanted;

const asPort = (port: WantedPort, rowId = `new ${port.name}`): PortFact => ({
  rowId,
  name: port.name,
  owned: true,
  ofport: port.ofportRequest,
  portId: undefined,
  mac: undefined,
  vlans: { kind: 'trunk', native: 0 },
  mtu: undefined,
  patch: isPatch(port) ? { peer: port.peer, ofportRequest: port.ofportRequest, guarded: port.guarded } : undefined,
  tunnel: isPatch(port) ? undefined : { type: port.type, remote: FLOW, local: port.local, egress: undefined },
});

function asMirror({ name, way, outputPort, ports }: WantedMirror, bridgePorts: readonly PortFact[]): MirrorFact {
  const output = bridgePorts.find((port) => port.name === outputPort);
  if (!output) throw new Error(`mirror ${name} before its output port ${outputPort}`);
  return {
    rowId: `new ${name}`,
    name,
    owned: true,
    selectDst: way === 'IN' ? ports : [],
    selectSrc: way === 'OUT' ? ports : [],
    outputPort: output.rowId,
    plain: true,
  };
}

export function withBridge(facts: HostFacts, role: FlowBridge, change: (bridge: BridgeFact) => BridgeFact): HostFacts {
  const bridge = facts[role];
  if (!bridge) throw new Error(`a change of a bridge that is not there: ${role}`);
  return { ...facts, [role]: change(bridge) };
}

export const withMirror = (
  bridge: BridgeFact,
  rowId: string,
  change: (mirror: MirrorFact) => MirrorFact,
): BridgeFact => ({
  ...bridge,
  mirrors: bridge.mirrors.map((mirror) => (mirror.rowId === rowId ? change(mirror) : mirror)),
});

/** What ovsdb-server makes of one change; it throws where the real one would refuse, or leave a reference dangling. */
function changed(facts: HostFacts, change: RowChange): HostFacts {
  switch (change.kind) {
    case 'create-bridge':
      return { ...facts, tap: { ...emptyBridge('br-tap'), owned: true, ...asBridge(change.bridge) } };
    case 'update-bridge':
      return withBridge(facts, 'tap', (tap) => ({ ...tap, ...asBridge(change.bridge) }));
    case 'delete-bridge':
      return { ...facts, tap: undefined };
    case 'create-port':
      return withBridge(facts, change.port.bridge, (bridge) => ({
        ...bridge,
        ports: [...bridge.ports, asPort(change.port)],
      }));
    case 'update-port':
      return withBridge(facts, change.port.bridge, (bridge) => ({
        ...bridge,
        ports: bridge.ports.map((port) => (port.rowId === change.rowId ? asPort(change.port, change.rowId) : port)),
      }));
    case 'delete-port':
      return withBridge(facts, change.bridge, (bridge) => ({
        ...bridge,
        ports: bridge.ports.filter(({ rowId }) => rowId !== change.rowId),
        mirrors: bridge.mirrors.map((mirror) =>
          mirror.outputPort === change.rowId ? { ...mirror, outputPort: undefined } : mirror,
        ),
      }));
    case 'create-mirror':
      return withBridge(facts, 'integration', (bridge) => ({
        ...bridge,
        mirrors: [...bridge.mirrors, asMirror(change.mirror, bridge.ports)],
      }));
    case 'update-mirror': {
      const column = change.mirror.way === 'IN' ? 'selectDst' : 'selectSrc';
      return withBridge(facts, 'integration', (bridge) =>
        withMirror(bridge, change.rowId, (mirror) => ({
          ...mirror,
          [column]: [...mirror[column].filter((port) => !change.remove.includes(port)), ...change.insert],
        })),
      );
    }
    case 'delete-mirror':
      return withBridge(facts, 'integration', (bridge) => ({
        ...bridge,
        mirrors: bridge.mirrors.filter(({ rowId }) => rowId !== change.rowId),
      }));
    case 'barrier':
      return facts;
  }
}

export function applyStep({ facts, flows }: Model, step: Step): Model {
  if (step.kind === 'rows') return { facts: step.changes.reduce(changed, facts), flows };
  return { facts, flows: applyFlowMods(flows, step.mods) };
}
