import { setTimeout as delay } from 'node:timers/promises';
import { type BenchSwitch, PORTS_OF_NETWORK } from './bench-switch.ts';
import { type CastTimes, explainCreate, meanParts, type TimePart } from './explain-create.ts';
import { type BenchBus, Stage } from './stage.ts';
import { createFlow, deleteFlow } from './tap-casts.ts';

export interface StepScope {
  /** Creates and deletes that do not count. */
  readonly warmUp: number;
  readonly times: number;
}

export interface StepFigures {
  readonly ports: number;
  readonly parts: readonly TimePart[];
}

/** After which the agent has nothing left to do for what it has reported. */
const PAUSE_MS = 30;

/** Creates one after another with an agent that logs its steps, each from rest, and means of where the time went. */
export async function measureSteps(host: BenchSwitch, bus: BenchBus, scope: StepScope): Promise<StepFigures> {
  const stage = await Stage.set(host, bus, { logLevel: 'debug' });
  try {
    await stage.agent.start();
    await stage.createServices();
    await stage.create(stage.flows(PORTS_OF_NETWORK));
    const taken: CastTimes[] = [];
    for (const flow of stage.flows(scope.warmUp + scope.times, 'second')) {
      await delay(PAUSE_MS);
      const publishedAt = performance.timeOrigin + performance.now();
      const [created = Number.NaN] = await bus.neutron.round([createFlow(flow)]);
      taken.push({ id: flow.id, publishedAt, answeredAt: publishedAt + created });
      await bus.neutron.round([deleteFlow(flow)]);
    }
    await stage.agent.stop();
    const log = stage.agent.log();
    return { ports: host.size, parts: meanParts(taken.slice(scope.warmUp).map((each) => explainCreate(log, each))) };
  } finally {
    await stage.leave();
  }
}
