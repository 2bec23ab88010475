import { setTimeout as delay } from 'node:timers/promises';
import { BareSwitch, type SwitchState } from './bare-switch.ts';
import type { Steps } from './create-figures.ts';
import type { Recorded } from './floor.ts';
import type { Stage } from './stage.ts';
import { changeBetween } from './switch-change.ts';

/** After which the agent has nothing left to do for what it has reported. */
export const REST_MS = 100;

/** A switch at rest, and how many bundles its agent has had confirmed so far. */
interface Seen extends SwitchState {
  readonly bundles: number;
}

async function see({ host, agent }: Stage): Promise<Seen> {
  await delay(REST_MS);
  const bundles = (await agent.counters())['taas_agent_steps_total{kind="flows"}'] ?? 0;
  const bare = await BareSwitch.open(host.on);
  try {
    return { ...(await bare.read()), bundles };
  } finally {
    await bare.close();
  }
}

const stepsBetween = (before: Seen, after: Seen): Steps => ({
  bundles: after.bundles - before.bundles,
  transactions: after.transactions - before.transactions,
});

/** Has the agent do something and undo it, and records what that changed on the switch, and in how many steps. */
export async function recordChange(
  stage: Stage,
  work: { readonly make: () => Promise<unknown>; readonly unmake: () => Promise<unknown> },
): Promise<Recorded> {
  const before = await see(stage);
  await work.make();
  const made = await see(stage);
  await work.unmake();
  const after = await see(stage);
  return {
    there: changeBetween(before, made),
    back: changeBetween(made, before),
    steps: { create: stepsBetween(before, made), delete: stepsBetween(made, after) },
  };
}
