import { setTimeout as delay } from 'node:timers/promises';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { startProcess } from '../support/process.ts';
import { sendFrames } from '../support/send-frames.ts';
import { plugVm, type Vm } from '../support/vm.ts';
import type { BenchSwitch } from './bench-switch.ts';
import { otherHosts } from './other-hosts.ts';
import { childrenMilliseconds, cpuMilliseconds, type MemoryUse, memoryUse } from './process-use.ts';
import { type BenchBus, Stage } from './stage.ts';
import { createFlow, newFlow } from './tap-casts.ts';
import { type Systemd, underSystemd } from './under-systemd.ts';

/** An agent to which nothing happens. */
export interface Rest {
  readonly state: string;
  /** In per cent of a core, with the processes that it started. */
  readonly cpu: number;
  readonly memory: MemoryUse;
}

export interface RestFigures {
  readonly ports: number;
  /** Tap flows that were known at the end. */
  readonly known: number;
  /** A program of Node's that does nothing. */
  readonly node: MemoryUse;
  readonly rests: readonly Rest[];
}

export interface RestScope {
  /** After which what came before is over. */
  readonly settleSeconds: number;
  readonly seconds: number;
  /** Tap flows on the host. */
  readonly taps: number;
  /** Tap flows in all, the others on other hosts. */
  readonly known: number;
}

const FRAMES = 500;
/** Some 1,000 frames a second. */
const GAP_MICROS = 900;
const VLAN = 3_999;

async function rest({ agent }: Stage, state: string, { settleSeconds, seconds }: RestScope): Promise<Rest> {
  await delay(settleSeconds * 1000);
  const cpuNow = () => cpuMilliseconds(agent.pid()) + childrenMilliseconds(agent.pid());
  const [began, before] = [performance.now(), cpuNow()];
  await delay(seconds * 1000);
  const cpu = ((cpuNow() - before) / (performance.now() - began)) * 100;
  return { state, cpu, memory: memoryUse(agent.pid()) };
}

async function bareNode({ settleSeconds }: RestScope): Promise<MemoryUse> {
  const idle = await startProcess(process.execPath, ['--eval', 'setInterval(() => undefined, 60_000)']);
  try {
    await delay(settleSeconds * 1000);
    return memoryUse(idle.pid);
  } finally {
    await idle.stop();
  }
}

async function sendUntil(from: Vm, isOver: () => boolean): Promise<void> {
  const frames = Array.from({ length: FRAMES }, (_, index) =>
    ethernet({ src: from.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered('bench', index) }),
  );
  while (!isOver()) await sendFrames(from, frames, { gapMicros: GAP_MICROS });
}

/** The frames of one port, all tapped, while the agent has nothing to do. */
async function withTraffic(stage: Stage, state: string, scope: RestScope): Promise<Rest> {
  const { host, bus } = stage;
  const source = await plugVm(host.on, { name: 'source', tag: VLAN });
  try {
    const [service] = stage.services;
    if (!service) throw new RangeError('there is no tap service');
    await bus.neutron.round([createFlow(newFlow(service, source))]);
    let over = false;
    const sending = sendUntil(source, () => over);
    const taken = await rest(stage, state, scope);
    over = true;
    await sending;
    return taken;
  } finally {
    await source.remove();
  }
}

async function restsOf(stage: Stage, { environment }: Systemd, scope: RestScope): Promise<readonly Rest[]> {
  const { taps, known } = scope;
  await stage.agent.start(environment);
  const rests = [await rest(stage, 'no taps', scope)];
  await stage.createServices();
  await stage.create(stage.flows(taps));
  rests.push(await rest(stage, `${taps} taps`, scope));
  rests.push(await withTraffic(stage, `${taps} taps, 1,000 frames a second through the switch`, scope));
  await stage.tell(otherHosts(known - taps).creates);
  rests.push(await rest(stage, `${known} taps known, ${taps} of them here`, scope));
  await stage.agent.stop();
  await stage.agent.start(environment);
  rests.push(await rest(stage, 'the same after a restart', scope));
  return rests;
}

/** What an agent needs while nothing happens to it: with no tap, with some, with many elsewhere, and anew with these. */
export async function measureRest(host: BenchSwitch, bus: BenchBus, scope: RestScope): Promise<RestFigures> {
  const stage = await Stage.set(host, bus);
  try {
    const rests = await underSystemd((systemd) => restsOf(stage, systemd, scope));
    return { ports: host.size, known: scope.known, node: await bareNode(scope), rests };
  } finally {
    await stage.leave();
  }
}
