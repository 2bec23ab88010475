import { type BridgeFact, FLOW, type HostFacts, type MirrorFact, type PortFact } from '../compile/host-facts.ts';
import { isPatch, type WantedPort } from '../compile/pipeline.ts';
import type { Wanted, WantedBridge, WantedMirror } from '../compile/wanted.ts';
import type { FlowBridge } from '../openflow/flow.ts';
import type { RowChange } from './step.ts';

/** Row changes by when they are due: see plan.ts. */
export interface RowDifference {
  /** Bridge and ports that copies will travel through. */
  readonly make: readonly RowChange[];
  /** What stops copies at their origin. */
  readonly detach: readonly RowChange[];
  /** What sends copies. */
  readonly attach: readonly RowChange[];
  /** What nothing travels through any more. */
  readonly dismantle: readonly RowChange[];
}

function sameTables(a: ReadonlyMap<number, string>, b: ReadonlyMap<number, string>): boolean {
  return a.size === b.size && [...a].every(([number, name]) => b.get(number) === name);
}

function bridgeAsWanted(fact: BridgeFact, wanted: WantedBridge): boolean {
  const { datapathType, failMode, tableNames } = wanted;
  return fact.datapathType === datapathType && fact.failMode === failMode && sameTables(fact.tableNames, tableNames);
}

function diffBridge(fact: BridgeFact | undefined, wanted: WantedBridge | undefined): Partial<RowDifference> {
  const ours = fact?.owned ? fact : undefined;
  if (wanted && !fact) return { make: [{ kind: 'create-bridge', bridge: wanted }] };
  if (wanted && ours && !bridgeAsWanted(ours, wanted)) {
    return { make: [{ kind: 'update-bridge', rowId: ours.rowId, bridge: wanted }] };
  }
  if (!wanted && ours) return { dismantle: [{ kind: 'delete-bridge', rowId: ours.rowId }] };
  return {};
}

function portAsWanted({ patch, tunnel }: PortFact, wanted: WantedPort): boolean {
  if (isPatch(wanted)) {
    return (
      patch?.peer === wanted.peer && patch.ofportRequest === wanted.ofportRequest && patch.guarded === wanted.guarded
    );
  }
  return tunnel?.type === wanted.type && tunnel.remote === FLOW && tunnel.local === wanted.local;
}

function diffPorts(
  bridge: FlowBridge,
  fact: BridgeFact | undefined,
  wanted: Wanted,
): Pick<RowDifference, 'make' | 'dismantle'> {
  const make: RowChange[] = [];
  const stale = new Map((fact?.ports ?? []).filter(({ owned }) => owned).map((port) => [port.name, port]));
  for (const port of wanted.ports.filter((candidate) => candidate.bridge === bridge)) {
    const present = stale.get(port.name);
    stale.delete(port.name);
    if (!present) make.push({ kind: 'create-port', port });
    else if (!portAsWanted(present, port)) make.push({ kind: 'update-port', rowId: present.rowId, port });
  }
  // A bridge's ports go with the bridge.
  const goesAsAWhole = fact?.owned && !wanted.bridges.some(({ role }) => role === bridge);
  const dismantle = goesAsAWhole
    ? []
    : [...stale.values()].map(({ rowId, name }): RowChange => ({ kind: 'delete-port', rowId, name, bridge }));
  return { make, dismantle };
}

/** A mirror that can be kept: it goes where it should, selects nothing besides the ports of its direction, and is no double. */
function usableMirror(fact: MirrorFact, wanted: WantedMirror, outputPort: string | undefined): boolean {
  const other = wanted.way === 'IN' ? fact.selectSrc : fact.selectDst;
  return fact.plain && other.length === 0 && outputPort !== undefined && fact.outputPort === outputPort;
}

function diffMirrorPorts(
  fact: MirrorFact,
  mirror: WantedMirror,
  moving: ReadonlySet<string>,
): Pick<RowDifference, 'detach' | 'attach'> {
  const present = mirror.way === 'IN' ? fact.selectDst : fact.selectSrc;
  const change = (insert: readonly string[], remove: readonly string[]): RowChange[] =>
    insert.length + remove.length === 0
      ? []
      : [{ kind: 'update-mirror', rowId: fact.rowId, mirror: { name: mirror.name, way: mirror.way }, insert, remove }];
  const surplus = present.filter((port) => !mirror.ports.includes(port));
  return {
    detach: change(
      [],
      surplus.filter((port) => !moving.has(port)),
    ),
    attach: change(
      mirror.ports.filter((port) => !present.includes(port)),
      surplus.filter((port) => moving.has(port)),
    ),
  };
}

function diffMirrors(bridge: BridgeFact | undefined, wanted: Wanted): Pick<RowDifference, 'detach' | 'attach'> {
  const detach: RowChange[] = [];
  const attach: RowChange[] = [];
  const open = new Map(wanted.mirrors.map((mirror) => [mirror.name, mirror]));
  for (const fact of bridge?.mirrors ?? []) {
    if (!fact.owned) continue;
    const mirror = open.get(fact.name);
    const outputPort = mirror && bridge?.ports.find(({ name }) => name === mirror.outputPort)?.rowId;
    if (!mirror || !usableMirror(fact, mirror, outputPort)) {
      detach.push({ kind: 'delete-mirror', rowId: fact.rowId, name: fact.name });
      continue;
    }
    open.delete(fact.name);
    const changes = diffMirrorPorts(fact, mirror, wanted.moving[mirror.way]);
    detach.push(...changes.detach);
    attach.push(...changes.attach);
  }
  for (const mirror of open.values()) attach.push({ kind: 'create-mirror', mirror });
  return { detach, attach };
}

/** The smallest change from the rows that are there to the wanted ones. Rows that are not ours are not looked at. */
export function diffRows(facts: HostFacts, wanted: Wanted): RowDifference {
  const bridges = (['tap', 'tunnel'] as const).map((role) => {
    return diffBridge(
      facts[role],
      wanted.bridges.find((bridge) => bridge.role === role),
    );
  });
  const integration = diffPorts('integration', facts.integration, wanted);
  const tap = diffPorts('tap', facts.tap, wanted);
  const tunnel = diffPorts('tunnel', facts.tunnel, wanted);
  const mirrors = diffMirrors(facts.integration, wanted);
  return {
    make: [...bridges.flatMap(({ make = [] }) => make), ...integration.make, ...tap.make, ...tunnel.make],
    detach: mirrors.detach,
    attach: mirrors.attach,
    dismantle: [
      ...integration.dismantle,
      ...tap.dismantle,
      ...tunnel.dismantle,
      ...bridges.flatMap(({ dismantle = [] }) => dismantle),
    ],
  };
}
