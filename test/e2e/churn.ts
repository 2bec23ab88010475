import type { FlowSpec } from '../support/plugin.ts';
import type { Scene } from '../support/scene.ts';
import type { Vm } from '../support/vm.ts';

/** Ports whose taps come and go beside a tap that stays, and the sensor of theirs. */
export interface Others {
  readonly sources: readonly Vm[];
  readonly sensor: Vm;
}

/** Two ports of the VLAN that a stage taps, one of another, and a trunk. */
export async function plugOthers(scene: Scene): Promise<Others> {
  const sources = [
    await scene.vm({ name: 'same-1', tag: 5 }),
    await scene.vm({ name: 'same-2', tag: 5 }),
    await scene.vm({ name: 'elsewhere', tag: 6 }),
    await scene.vm({ name: 'trunk', vlan: { mode: 'trunk' } }),
  ];
  return { sources, sensor: await scene.vm({ name: 'other-sensor', tag: 10 }) };
}

/** Taps ports in all directions and deletes the taps again, first come or last come first. */
export async function churn(scene: Scene, { sources, sensor }: Others, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const direction = (['BOTH', 'OUT', 'IN'] as const)[round % 3] ?? 'BOTH';
    const flows: FlowSpec[] = [];
    for (const source of sources) flows.push(await scene.tap(source, sensor, direction));
    for (const flow of round % 2 === 0 ? flows : flows.reverse()) await scene.untap(flow);
  }
}
