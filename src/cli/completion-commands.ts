import { type Command, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { commandTree } from './command-tree.ts';
import { BASH_DRIVER, ZSH_DRIVER } from './completion-scripts.ts';
import { completionTables } from './completion-tables.ts';
import { connect } from './connect.ts';
import { addConnectionOptions } from './connection-options.ts';
import { describe } from './declaration.ts';
import type { Row } from './decode-answer.ts';
import { type Kind, ports, tapFlows, tapServices } from './kinds.ts';
import type { Surroundings } from './surroundings.ts';

/** Somebody has pressed the tab key and waits. */
const MOMENT_MILLISECONDS = 1_000;

/** For the help of a script's command. */
function howToInstall(shell: string): string {
  return `\nExample, for one shell; as a line of its start-up file, for all to come:\n  source <(taas completion ${shell})`;
}

/** A name where it tells which one is meant and can be typed, else the ID. */
function wordsFor(rows: readonly Row[]): string[] {
  const names = rows.map(({ name }) => String(name ?? ''));
  return rows.map(({ id }, index) => {
    const name = names[index] ?? '';
    const isGood = name !== '' && !/\p{Cc}/u.test(name) && names.indexOf(name) === names.lastIndexOf(name);
    return isGood ? name : String(id);
  });
}

function kindOf(key: string): Kind {
  const found = [ports, tapServices, tapFlows].find((kind) => kind.key === key);
  if (found) return found;
  throw new CliError('usage', `there are no names of ${key}`);
}

/** The connection flags among the words of a line that is not complete yet. */
function flagsIn(scratch: Command, words: readonly string[]): Readonly<Record<string, unknown>> {
  addConnectionOptions(scratch)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  try {
    scratch.parseOptions([...words]);
  } catch (error) {
    // The last flag has no value yet.
    if (!(error instanceof CommanderError)) throw error;
  }
  return scratch.opts();
}

/** For the scripts: the names of all of a kind, one a line, from the server that the words of the command line name. */
function addNames(program: Command, surroundings: Surroundings): void {
  const command = program.command('completion-names', { hidden: true }).argument('<kind>').argument('[words...]');
  command.action(async (key: string, words: readonly string[]) => {
    const kind = kindOf(key);
    const { api } = await connect(flagsIn(program.createCommand(), words), surroundings, MOMENT_MILLISECONDS);
    const rows = await api.list(kind, {
      parameters: [
        ['fields', 'id'],
        ['fields', 'name'],
      ],
    });
    surroundings.stdout.write(
      wordsFor(rows)
        .map((each) => `${each}\n`)
        .join(''),
    );
  });
}

/** taas completion bash, zsh; the scripts are made from the commands themselves. */
export function addCompletionCommands(program: Command, surroundings: Surroundings): void {
  const completion = program.command('completion').helpCommand(false);
  describe(completion, 'Have a shell complete the words of taas', 'bash');
  const tables = () => completionTables(commandTree(program));
  const bash = completion.command('bash').description('Print the completion script for bash');
  bash.addHelpText('after', howToInstall('bash')).action(() => {
    surroundings.stdout.write(
      `# bash completion for taas, made by: taas completion bash\n\n${tables()}\n${BASH_DRIVER}`,
    );
  });
  const zsh = completion.command('zsh').description('Print the completion script for zsh');
  zsh.addHelpText('after', howToInstall('zsh')).action(() => {
    surroundings.stdout.write(
      `#compdef taas\n# zsh completion for taas, made by: taas completion zsh\n\n${tables()}\n${ZSH_DRIVER}`,
    );
  });
  addNames(program, surroundings);
}
