import { connectFor, type Declaration, describeAsking } from './declaration.ts';
import { find } from './find.ts';
import { NamingArgument } from './naming.ts';
import { addOneOptions, onePrinter } from './output-options.ts';

async function show({ command, kind, surroundings }: Declaration, target: string): Promise<void> {
  const print = onePrinter(command, kind.attributes, surroundings);
  const { api } = await connectFor(command, surroundings);
  await print(await find(api, kind, target));
}

/** tap service show, tap flow show. */
export function declareShow(declaration: Declaration): void {
  const { command, kind } = declaration;
  describeAsking(command, `Show a ${kind.noun}`, kind.key === 'tap_flow' ? 'web -c status -f value' : 'ids -f json');
  command.addArgument(new NamingArgument(`<${kind.word}>`, kind));
  addOneOptions(command, kind.attributes);
  command.action((target: string) => show(declaration, target));
}
