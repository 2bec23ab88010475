import { expect } from 'vitest';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import type { FlowSpec } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import type { Believed } from './believed.ts';
import { type Crowd, type CrowdPort, listen } from './crowd.ts';

/** Sent by each port, to everybody in its network: so there is no doubt who gets it. */
const FRAMES = 5;

let last = 0;

type Said = ReadonlyMap<CrowdPort, readonly Buffer[]>;

function something(from: CrowdPort): readonly Buffer[] {
  return Array.from({ length: FRAMES }, () => {
    last += 1;
    return ethernet({ src: from.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered('crowd', last) });
  });
}

/** What a port gets without any tap: what others of its network say. */
function heardBy(port: CrowdPort, said: Said): readonly Buffer[] {
  return [...said].flatMap(([from, frames]) => (from !== port && from.network === port.network ? frames : []));
}

/** What a tap flow copies. */
function copiesOf({ source, direction }: FlowSpec, said: Said, { ports }: Crowd): readonly Buffer[] {
  const port = ports.find(({ portId }) => portId === source.portId);
  if (!port) throw new Error(`${source.portId} is no port of the crowd`);
  const out = direction === 'IN' ? [] : (said.get(port) ?? []);
  return direction === 'OUT' ? out : [...out, ...heardBy(port, said)];
}

/** Who of a crowd speaks, and who listens. */
export interface Voices {
  /** Plugged ports that may be tapped. */
  readonly sources: readonly CrowdPort[];
  /** Plugged ports where services are, of networks in which nobody speaks. */
  readonly sensors: readonly CrowdPort[];
  /** Plugged ports that are neither, and must hear nothing but their network. */
  readonly bystanders: readonly CrowdPort[];
}

/**
 * Has all speak, and expects at each sensor what its tap flows copy, each frame as often as they say, and nothing but that;
 * and at the others what they would hear without any tap.
 */
export async function expectExactCopies(
  crowd: Crowd,
  { sources, sensors, bystanders }: Voices,
  { flows }: Believed,
): Promise<void> {
  const said: Said = new Map(sources.map((port) => [port, something(port)]));
  const due = new Map<CrowdPort, readonly Buffer[]>();
  for (const port of [...sources, ...bystanders]) due.set(port, heardBy(port, said));
  for (const sensor of sensors) {
    const itsFlows = flows.filter(({ service }) => service.port.portId === sensor.portId);
    due.set(
      sensor,
      itsFlows.flatMap((flow) => copiesOf(flow, said, crowd)),
    );
  }
  const captures = await listen([...due.keys()]);
  try {
    await Promise.all([...said].map(([from, frames]) => sendFrames(from, frames)));
    await settle(crowd.on);
    for (const [port, one] of captures) expect(compareFrames(await one.frames(), due.get(port) ?? [])).toBe('');
  } finally {
    await Promise.all([...captures.values()].map((one) => one.stop()));
  }
}
