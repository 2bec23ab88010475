import { createInputs } from './create-inputs.ts';
import { connectFor, type Declaration, describeAsking } from './declaration.ts';
import { addOneOptions, onePrinter } from './output-options.ts';
import { addProjectOptions, wantedProject } from './project-options.ts';
import { waitUntilActive } from './wait.ts';
import { addWaitOptions, patienceOf } from './wait-options.ts';
import { addWordOptions, givenWords } from './word-options.ts';

async function create({ command, kind, surroundings }: Declaration): Promise<void> {
  const print = onePrinter(command, kind.attributes, surroundings);
  const patience = patienceOf(command);
  const project = wantedProject(command);
  const connection = await connectFor(command, surroundings);
  const { api } = connection;
  const named = { ...(await createInputs[kind.key].attributes(command, api)), ...(await project(connection)) };
  let row = await api.create(kind, { ...named, ...givenWords(command) });
  try {
    if (patience === undefined) return;
    await waitUntilActive({ api, kind, patience, surroundings }, row, (seen) => {
      row = seen;
    });
  } finally {
    // Also when waiting was in vain: it exists, and whoever wants to delete it needs its ID.
    await print(row);
  }
}

/** tap service create, tap flow create. */
export function declareCreate(declaration: Declaration): void {
  const { command, kind, legacy } = declaration;
  const { summary, example, addOptions } = createInputs[kind.key];
  describeAsking(command, summary, example);
  addOptions(command);
  addWordOptions(command);
  addProjectOptions(command, 'whose it is', legacy);
  addWaitOptions(command, 'it is ACTIVE; fails when it gets into ERROR');
  addOneOptions(command, kind.attributes);
  command.action(() => create(declaration));
}
