import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import { connectFor, type Declaration, describeAsking } from './declaration.ts';
import type { Row } from './decode-answer.ts';
import { say } from './explain-error.ts';
import { find } from './find.ts';
import { NamingArgument } from './naming.ts';
import { waitUntilGone } from './wait.ts';
import { addWaitOptions, patienceOf } from './wait-options.ts';

/** What stands in the way of one tap stands in the way of no other; all else does, so that going on makes no sense. */
function concernsOneOnly(error: unknown): error is Error {
  if (error instanceof ApiError) return error.status !== 401;
  return error instanceof CliError && ['not-found', 'ambiguous', 'usage', 'timed-out'].includes(error.code);
}

/** Does it for each, whatever happened to the others. Answers what was done. */
async function eachOf<From, To>(
  items: readonly From[],
  act: (item: From) => Promise<To>,
  onFailure: (item: From, error: Error) => void,
): Promise<readonly To[]> {
  const done: To[] = [];
  for (const item of items) {
    try {
      done.push(await act(item));
    } catch (error) {
      if (!concernsOneOnly(error)) throw error;
      onFailure(item, error);
    }
  }
  return done;
}

async function remove({ command, kind, surroundings }: Declaration, targets: readonly string[]): Promise<void> {
  const patience = patienceOf(command);
  const { api } = await connectFor(command, surroundings);
  const tell = (target: string, { message }: Error) =>
    say(surroundings, `Failed to delete ${kind.noun} with name or ID '${target}': ${message}`);
  const one = async (target: string): Promise<Row> => {
    const row = await find(api, kind, target);
    await api.delete(kind, String(row['id']));
    return row;
  };
  const deleted = await eachOf(targets, one, tell);
  const gone =
    patience === undefined
      ? deleted
      : await eachOf(
          deleted,
          async (row) => await waitUntilGone({ api, kind, patience, surroundings }, row),
          (row, error) => tell(String(row['name'] || row['id']), error),
        );
  const failed = targets.length - gone.length;
  if (failed > 0) throw new CliError('failed', `Failed to delete ${failed} of ${targets.length} ${kind.noun}.`);
}

/** tap service delete, tap flow delete. */
export function declareDelete(declaration: Declaration): void {
  const { command, kind } = declaration;
  const extent = kind.key === 'tap_service' ? 'Delete tap services, each with its tap flows' : 'Delete tap flows';
  describeAsking(command, extent, kind.key === 'tap_flow' ? 'web db --wait' : 'ids --wait');
  command.addArgument(new NamingArgument(`<${kind.word}...>`, kind));
  addWaitOptions(command, 'they are gone from the switches');
  command.action((targets: readonly string[]) => remove(declaration, targets));
}
