import { CliError } from './cli-error.ts';
import { connectFor, type Declaration, describeAsking } from './declaration.ts';
import { findId } from './find.ts';
import { NamingArgument } from './naming.ts';
import { addOneOptions, onePrinter } from './output-options.ts';
import { addWordOptions, givenWords } from './word-options.ts';

async function update({ command, kind, surroundings }: Declaration, target: string): Promise<void> {
  const print = onePrinter(command, kind.attributes, surroundings);
  const words = givenWords(command);
  if (Object.keys(words).length === 0)
    throw new CliError('usage', 'there is nothing to change: give --name or --description');
  const { api } = await connectFor(command, surroundings);
  await print(await api.update(kind, await findId(api, kind, target), words));
}

/** tap service update, tap flow update. */
export function declareUpdate(declaration: Declaration): void {
  const { command, kind } = declaration;
  describeAsking(command, `Change the name or the description of a ${kind.noun}`, 'old-name --name new-name');
  command.addArgument(new NamingArgument(`<${kind.word}>`, kind));
  addWordOptions(command);
  addOneOptions(command, kind.attributes);
  command.action((target: string) => update(declaration, target));
}
