import { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { commandAt } from './command-at.ts';
import { addCompletionCommands } from './completion-commands.ts';
import { addConnectionOptions, connectionHelp, otherOptions } from './connection-options.ts';
import { describe } from './declaration.ts';
import { addPortCommands } from './port-commands.ts';
import type { Output, Surroundings } from './surroundings.ts';
import { addTapCommands } from './tap-commands.ts';

const NOTES = `
Each --os-flag has a variable (--os-auth-url: OS_AUTH_URL), and a key in clouds.yaml; a flag wins over its variable,
that over clouds.yaml, which is read when a cloud is named. Without any: http://127.0.0.1:9696, as nobody in particular.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted.

Example:
  taas port list
  taas tap service create --port ids-0 --name ids
  taas tap flow create --port web-0 --tap-service ids --direction BOTH --name web --wait`;

function widthOf({ columns }: Output): number {
  return columns ?? 120;
}

/** Commander's own knows the first word only. */
function addHelpCommand(program: Command): void {
  const help = program.command('help').argument('[command...]');
  describe(help, 'Tell how a command is used', 'tap flow create');
  help.action((words: readonly string[]) => {
    const found = commandAt(program, words);
    if (found === undefined) throw new CliError('usage', `there is no command ${words.join(' ')}`);
    found.outputHelp();
  });
}

/** The command line with all its commands. It throws commander's errors instead of ending the process. */
export function createProgram(surroundings: Surroundings): Command {
  const { stdout, stderr, version } = surroundings;
  const program = new Command('taas').description(
    'Taps the ports of Open vSwitch hosts: the command line of Tap-as-a-Service',
  );
  program.exitOverride().helpCommand(false).version(`taas ${version}`, '-V, --version', 'print the version');
  program.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => stderr.write(text),
    // Said by whoever catches the error.
    outputError: () => undefined,
    getOutHelpWidth: () => widthOf(stdout),
    getErrHelpWidth: () => widthOf(stderr),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  addConnectionOptions(program).configureHelp({ visibleOptions: otherOptions });
  program.addHelpText('after', () => `\n${connectionHelp(program)}\n${NOTES}`);
  addTapCommands(program, surroundings);
  addPortCommands(program, surroundings);
  addCompletionCommands(program, surroundings);
  addHelpCommand(program);
  return program;
}
