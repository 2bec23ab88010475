import { setTimeout as delay } from 'node:timers/promises';
import type { FlowMod } from '../../src/openflow/flow.ts';
import { eventually } from '../support/eventually.ts';
import { BareSwitch, type SwitchState } from './bare-switch.ts';
import type { BenchSwitch } from './bench-switch.ts';
import { repeated } from './repeated.ts';
import { type BenchBus, Stage } from './stage.ts';
import type { Summary } from './statistics.ts';
import { changeBetween } from './switch-change.ts';

export interface RepairFigures {
  readonly ports: number;
  readonly taps: number;
  readonly flows: number;
  /** From the moment when all flows of br-tap are gone until all are back, milliseconds. */
  readonly repaired: Summary;
  /** A bundle of the same flows, with no agent. */
  readonly floor: Summary;
}

export interface RepairScope {
  readonly taps: number;
  readonly times: number;
  /** Before each, so that nobody takes it for a fight. */
  readonly pauseSeconds: number;
}

const mods = (command: FlowMod['command'], { flows }: SwitchState): FlowMod[] =>
  flows.tap.map((flow) => ({ command, flow }));

async function wipeAndWait(bare: BareSwitch, before: SwitchState): Promise<number> {
  await bare.bundle('tap', mods('DELETE_STRICT', before));
  const began = performance.now();
  const back = async () => (await bare.countFlows('tap')) === before.flows.tap.length;
  await eventually(back, { what: 'the flows to be back', intervalMs: 2 });
  const taken = performance.now() - began;
  const { flows } = changeBetween(before, await bare.read());
  if (flows.tap.length > 0) throw new Error(`${flows.tap.length} flows are not as they were`);
  return taken;
}

async function floorOnce(bare: BareSwitch, before: SwitchState): Promise<number> {
  await bare.bundle('tap', mods('DELETE_STRICT', before));
  const began = performance.now();
  await bare.bundle('tap', mods('ADD', before));
  return performance.now() - began;
}

/** Deletes every flow of br-tap behind the agent's back, and sees from outside when they are back. */
export async function measureRepair(host: BenchSwitch, bus: BenchBus, scope: RepairScope): Promise<RepairFigures> {
  const { taps, times } = scope;
  const stage = await Stage.set(host, bus);
  try {
    await stage.agent.start();
    await stage.createServices();
    await stage.create(stage.flows(taps));
    const bare = await BareSwitch.open(host.on);
    const before = await bare.read();
    const repaired = await repeated(times, async () => {
      await delay(scope.pauseSeconds * 1000);
      return await wipeAndWait(bare, before);
    });
    await stage.agent.stop();
    const floor = await repeated(times, () => floorOnce(bare, before));
    await bare.close();
    return { ports: host.size, taps, flows: before.flows.tap.length, repaired, floor };
  } finally {
    await stage.leave();
  }
}
