import type { Command } from 'commander';
import { type Declaration, describe } from './declaration.ts';
import { declareCreate } from './declare-create.ts';
import { declareDelete } from './declare-delete.ts';
import { declareList } from './declare-list.ts';
import { declareShow } from './declare-show.ts';
import { declareUpdate } from './declare-update.ts';
import { tapFlows, tapServices } from './kinds.ts';
import type { Surroundings } from './surroundings.ts';

const VERBS: readonly (readonly [string, (declaration: Declaration) => void])[] = [
  ['create', declareCreate],
  ['list', declareList],
  ['show', declareShow],
  ['update', declareUpdate],
  ['delete', declareDelete],
];

/**
 * taas tap service create and the others, each also under its name in the API reference: tap-service-create. They do and
 * print the same; those of the older names take the flags of python-neutronclient (neutronclient/neutron/v2_0/taas) as well.
 */
export function addTapCommands(program: Command, surroundings: Surroundings): void {
  const tap = program.command('tap').helpCommand(false);
  describe(tap, 'Tap services, which deliver copies, and tap flows, which make them', 'service list');
  for (const kind of [tapServices, tapFlows]) {
    const group = tap.command(kind.word).helpCommand(false);
    describe(group, `Create, list, show, update and delete ${kind.noun}s`, 'list');
    for (const [verb, declare] of VERBS) {
      declare({ command: group.command(verb), kind, surroundings, legacy: false });
      const older = program.command(`tap-${kind.word}-${verb}`).helpGroup('The names of the API reference:');
      declare({ command: older, kind, surroundings, legacy: true });
    }
  }
}
