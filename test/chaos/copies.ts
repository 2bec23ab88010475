import { expect } from 'vitest';
import { type Capture, capture } from '../support/capture.ts';
import { compareFrames } from '../support/compare.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import type { FlowSpec } from '../support/plugin.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import type { Believed } from './believed.ts';
import type { Crowd, CrowdPort } from './crowd.ts';

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
function copiesOf({ source, direction }: FlowSpec, said: Said): readonly Buffer[] {
  const port = [...said.keys()].find(({ portId }) => portId === source.portId);
  if (!port) throw new Error(`nothing is known of what ${source.portId} says`);
  const out = direction === 'IN' ? [] : (said.get(port) ?? []);
  return direction === 'OUT' ? out : [...out, ...heardBy(port, said)];
}

/** Who of a crowd speaks, and who listens. */
export interface Voices {
  /** The sources of all taps, plugged. */
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
  { ports: [any] }: Crowd,
  { sources, sensors, bystanders }: Voices,
  believed: Believed,
): Promise<void> {
  if (!any) throw new Error('there is nobody');
  const said: Said = new Map(sources.map((port) => [port, something(port)]));
  const due = new Map<CrowdPort, readonly Buffer[]>();
  for (const sensor of sensors) {
    const flows = believed.flows.filter(({ service }) => service.port.portId === sensor.portId);
    due.set(
      sensor,
      flows.flatMap((flow) => copiesOf(flow, said)),
    );
  }
  for (const port of [...sources, ...bystanders]) due.set(port, heardBy(port, said));
  const captures = new Map<CrowdPort, Capture>();
  try {
    for (const port of due.keys()) captures.set(port, await capture(port, { device: port.device, direction: 'in' }));
    for (const [from, frames] of said) await sendFrames(from, frames);
    await settle(any.switch);
    for (const [port, one] of captures) expect(compareFrames(await one.frames(), due.get(port) ?? [])).toBe('');
  } finally {
    for (const one of captures.values()) await one.stop();
  }
}
