import { connectFor, type Declaration, describeAsking } from './declaration.ts';
import { addLegacyListOptions, legacyListQuery } from './legacy-list-options.ts';
import { addListOptions, listPrinter } from './output-options.ts';
import { addProjectOptions, wantedProject } from './project-options.ts';

async function list({ command, kind, surroundings, legacy }: Declaration): Promise<void> {
  const print = listPrinter(command, kind.columns, surroundings);
  const { filters, parameters } = legacy ? legacyListQuery(command, kind) : { filters: {}, parameters: [] };
  const project = wantedProject(command);
  const connection = await connectFor(command, surroundings);
  const all = { ...filters, ...(await project(connection)) };
  await print(await connection.api.list(kind, { filters: all, parameters }));
}

/** tap service list, tap flow list. */
export function declareList(declaration: Declaration): void {
  const { command, kind, legacy } = declaration;
  describeAsking(command, `List ${kind.noun}s`, '--sort-column Name');
  addProjectOptions(command, 'only those of this project', legacy);
  if (legacy) addLegacyListOptions(command, kind);
  addListOptions(command, kind.columns);
  command.action(() => list(declaration));
}
