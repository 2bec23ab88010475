import { expect } from 'vitest';
import type { Tally } from '../support/passage.ts';
import type { FlowSpec } from '../support/plugin.ts';
import type { Scene } from '../support/scene.ts';
import { type Passed, Traffic, type TrafficOptions } from '../support/traffic.ts';
import type { Vm } from '../support/vm.ts';
import { flowText, serviceText, type Wanted } from './believed.ts';

/** A tapped VM and one that it sends to, which is tapped as well, a sensor for each, and a VM that is no part of it. */
export interface ChaosStage extends TrafficOptions, Wanted {
  readonly sensors: { readonly out: Vm; readonly in: Vm };
  readonly bystanders: readonly Vm[];
  readonly flows: { readonly out: FlowSpec; readonly in: FlowSpec };
}

/** Plugs the VMs and taps them: all ACTIVE when it resolves. `scene.reset` clears it away. */
export async function setStage(scene: Scene): Promise<ChaosStage> {
  const [from, to] = [await scene.vm({ name: 'vm', tag: 5 }), await scene.vm({ name: 'peer', tag: 5 })];
  const sensors = { out: await scene.vm({ name: 'out', tag: 8 }), in: await scene.vm({ name: 'in', tag: 9 }) };
  const bystanders = [await scene.vm({ name: 'bystander', tag: 7 })];
  const flows = { out: await scene.tap(from, sensors.out, 'OUT'), in: await scene.tap(to, sensors.in, 'IN') };
  const text = () => Object.values(flows).flatMap((flow) => [serviceText(flow.service), flowText(flow)]);
  return { from, to, sensors, bystanders, flows, text };
}

/** What a tally says if every frame was copied once. */
export const everyFrameOnce = ({ sent }: Tally): Tally => ({ sent, copied: sent, lost: 0, doubled: 0, foreign: 0 });

/** Expects each frame of the traffic to be where it belongs once, copies too, and nothing to be elsewhere; answers the tallies of the copies. */
export function expectEveryFrameOnce(passed: Passed): readonly Tally[] {
  for (const passage of [passed.itself, passed.out, passed.in]) {
    const tally = passage.tally();
    expect(tally).toEqual(everyFrameOnce(tally));
  }
  expect(passed.leaked).toEqual([]);
  return [passed.out.tally(), passed.in.tally()];
}

/** Has frames flow on a stage while something is done: at least so many, of which none may be lost, doubled or elsewhere. */
export async function everyFrameOnceBeside(
  scene: Scene,
  stage: ChaosStage,
  doing: () => Promise<unknown>,
  atLeast: number,
): Promise<readonly Tally[]> {
  const traffic = await Traffic.start(scene, { ...stage, gapMicros: 500 });
  await traffic.beside(doing, atLeast);
  return expectEveryFrameOnce(await traffic.stop());
}
