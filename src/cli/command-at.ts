import type { Command } from 'commander';

function below(command: Command, word: string): Command | undefined {
  return command.commands.find((each) => each.name() === word);
}

/** The command that has this name; undefined when there is none. */
export function commandAt(program: Command, words: readonly string[]): Command | undefined {
  return words.reduce<Command | undefined>((command, word) => command && below(command, word), program);
}

/** The command that a command line names, as far as it names one; flags and arguments are passed over. */
export function nearestCommand(program: Command, words: readonly string[]): Command {
  return words.reduce((command, word) => below(command, word) ?? command, program);
}
