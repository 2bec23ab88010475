import type { Command } from 'commander';
import { type Connection, connect } from './connect.ts';
import type { TapKind } from './kinds.ts';
import type { Surroundings } from './surroundings.ts';

/** A command of a kind of tap, to be declared. */
export interface Declaration {
  readonly command: Command;
  readonly kind: TapKind;
  readonly surroundings: Surroundings;
  /** It has one of the ten names of the API reference (tap-flow-create), and takes the flags of python-neutronclient. */
  readonly legacy: boolean;
}

/** "taas tap flow create" */
export function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** What a command has in its help: one line, and an example. */
export function describe(command: Command, summary: string, example: string): void {
  command.description(summary).addHelpText('after', `\nExample:\n  ${nameOf(command)} ${example}`);
}

/** The same for a command that asks the server: also where to find the flags that all of these have. */
export function describeAsking(command: Command, summary: string, example: string): void {
  describe(command, summary, example);
  const connection =
    'Where the API is and who asks: --os-endpoint, --os-token, --os-cloud and others, see taas --help.';
  command.addHelpText('after', `\n${connection}`);
}

/** Connects as the command's flags say. @throws CliError */
export function connectFor(command: Command, surroundings: Surroundings): Promise<Connection> {
  return connect(command.optsWithGlobals(), surroundings);
}
