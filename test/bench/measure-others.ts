import { setTimeout as delay } from 'node:timers/promises';
import type { BenchSwitch } from './bench-switch.ts';
import { otherHosts } from './other-hosts.ts';
import { REST_MS } from './record-change.ts';
import { type BenchBus, type CpuUse, perTap, Stage } from './stage.ts';

/** Messages of which none concerns the host. */
export interface Flood {
  readonly messages: number;
  /** Until all are on disk, milliseconds. */
  readonly milliseconds: number;
  /** For a message, milliseconds of a core. */
  readonly cpu: CpuUse;
}

export interface OthersFigures {
  readonly ports: number;
  readonly creates: Flood;
  readonly deletes: Flood;
}

/** The broker has all of them before the agent may take the first: what is measured is not how fast they are sent. */
async function flood(stage: Stage, bodies: readonly Buffer[]): Promise<Flood> {
  const held = stage.agent.hold();
  await stage.bus.neutron.tell(bodies);
  const { result: milliseconds, cpu } = await stage.cpu(async () => {
    const began = performance.now();
    held.go();
    await stage.reached();
    return performance.now() - began;
  });
  return { messages: bodies.length, milliseconds, cpu: perTap(cpu, bodies.length) };
}

/** How fast an agent deals with what concerns other hosts only, and must be kept all the same. */
export async function measureOthers(host: BenchSwitch, bus: BenchBus, taps: number): Promise<OthersFigures> {
  const stage = await Stage.set(host, bus);
  try {
    await stage.agent.start();
    const others = otherHosts(taps);
    const creates = await flood(stage, others.creates);
    await delay(REST_MS);
    const deletes = await flood(stage, others.deletes);
    return { ports: host.size, creates, deletes };
  } finally {
    await stage.leave();
  }
}
