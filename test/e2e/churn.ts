import type { FlowSpec } from '../support/plugin.ts';
import type { Scene } from '../support/scene.ts';
import type { Vm } from '../support/vm.ts';

/** Taps ports in all directions and deletes the taps again, first come or last come first. */
export async function churn(scene: Scene, sources: readonly Vm[], sensor: Vm, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const direction = (['BOTH', 'OUT', 'IN'] as const)[round % 3] ?? 'BOTH';
    const flows: FlowSpec[] = [];
    for (const source of sources) flows.push(await scene.tap(source, sensor, direction));
    for (const flow of round % 2 === 0 ? flows : flows.reverse()) await scene.untap(flow);
  }
}
