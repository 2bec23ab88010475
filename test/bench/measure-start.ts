import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';
import { BareSwitch } from './bare-switch.ts';
import type { BenchSwitch } from './bench-switch.ts';
import { repeated } from './repeated.ts';
import { type BenchBus, Stage } from './stage.ts';
import { type Summary, summarize } from './statistics.ts';
import { type Systemd, underSystemd } from './under-systemd.ts';

/** Milliseconds from the start of the process. */
export interface StartTimes {
  /** Until systemd is told READY=1. */
  readonly ready: Summary;
  /** Until it takes events from the bus. */
  readonly taking: Summary;
  /** Until the switch has confirmed that it holds all taps. */
  readonly settled: Summary;
}

export interface StartFigures {
  readonly ports: number;
  readonly taps: number;
  /** Until a program of Node's that does nothing has come and gone. */
  readonly node: Summary;
  readonly onSwitch: StartTimes;
  readonly notOnSwitch: StartTimes;
}

export interface StartScope {
  readonly taps: number;
  readonly times: number;
}

type Times = Readonly<Record<keyof StartTimes, number>>;

const LINES = { taking: 'taking tap events', settled: 'the switch holds what is wanted' } as const;

async function start({ agent }: Stage, systemd: Systemd): Promise<Times> {
  const began = performance.timeOrigin + performance.now();
  const told = eventually(() => systemd.isReady(), { what: 'READY=1', intervalMs: 1 }).then(
    () => performance.timeOrigin + performance.now() - began,
  );
  const [ready] = await Promise.all([told, agent.start(systemd.environment)]);
  const log = agent.log();
  const since = (line: string) => Date.parse(String(log.find(({ msg }) => msg === line)?.['time'])) - began;
  return { ready, taking: since(LINES.taking), settled: since(LINES.settled) };
}

async function countFlows({ on }: BenchSwitch): Promise<number> {
  const bare = await BareSwitch.open(on);
  try {
    return await bare.countFlows('tap');
  } finally {
    await bare.close();
  }
}

async function series(stage: Stage, times: number, before: () => Promise<void>): Promise<StartTimes> {
  const flows = await countFlows(stage.host);
  const taken: Times[] = [];
  for (let round = 0; round < times; round += 1) {
    await stage.agent.stop();
    await before();
    taken.push(await underSystemd((systemd) => start(stage, systemd)));
    const now = await countFlows(stage.host);
    if (now !== flows) throw new Error(`${now} flows of ${flows} are there, and the agent says that all is`);
  }
  const of = (key: keyof Times) => summarize(taken.map((each) => each[key]));
  return { ready: of('ready'), taking: of('taking'), settled: of('settled') };
}

function bareNode(times: number): Promise<Summary> {
  return repeated(times, async () => {
    const began = performance.now();
    await runCommand(process.execPath, ['--eval', '']);
    return performance.now() - began;
  });
}

/** Starts an agent that has so many taps in its journal, with all of them on the switch and with none. */
export async function measureStart(host: BenchSwitch, bus: BenchBus, scope: StartScope): Promise<StartFigures> {
  const { taps, times } = scope;
  const stage = await Stage.set(host, bus);
  try {
    await stage.agent.start();
    await stage.createServices();
    await stage.create(stage.flows(taps));
    const onSwitch = await series(stage, times, async () => undefined);
    const notOnSwitch = await series(stage, times, () => stage.agent.cleanup());
    return { ports: host.size, taps, node: await bareNode(times), onSwitch, notOnSwitch };
  } finally {
    await stage.leave();
  }
}
