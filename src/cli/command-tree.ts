import type { Argument, Command, Option } from 'commander';
import { NamingArgument, NamingOption } from './naming.ts';

/** What may stand in a place of the command line. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' }
  /** Names that the server knows, of ports for one: `of` is the key of their kind. */
  | { readonly kind: 'names'; readonly of: string }
  | { readonly kind: 'anything' };

export interface Flag {
  /** "-f", "--format" */
  readonly spellings: readonly string[];
  readonly description: string;
  readonly hidden: boolean;
  /** What its value may be; undefined: it has none. */
  readonly value: Completion | undefined;
}

/** A command, as a shell has to know it. */
export interface CommandNode {
  /** "tap flow create"; the program itself is "". */
  readonly place: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  /** The last argument may be repeated, and no command has two kinds of them. */
  readonly argument: Completion | undefined;
}

function flagValue(option: Option): Completion | undefined {
  if (!option.required) return undefined;
  if (option instanceof NamingOption) return { kind: 'names', of: option.names.key };
  if (option.argChoices) return { kind: 'words', words: option.argChoices };
  return option.flags.endsWith('<FILE>') ? { kind: 'file' } : { kind: 'anything' };
}

function flagsOf(command: Command): Flag[] {
  const help = { spellings: ['-h', '--help'], description: 'tell how it is used', hidden: false, value: undefined };
  const own = command.options.map((option) => ({
    spellings: [option.short, option.long].filter((each) => each !== undefined),
    description: option.description,
    hidden: option.hidden,
    value: flagValue(option),
  }));
  return [...own, help];
}

function argumentOf([argument]: readonly Argument[]): Completion | undefined {
  if (argument === undefined) return undefined;
  return argument instanceof NamingArgument ? { kind: 'names', of: argument.names.key } : { kind: 'anything' };
}

/** The command, and then all below it. Hidden commands are not in it. */
export function commandTree(command: Command, place = ''): readonly [CommandNode, ...CommandNode[]] {
  const children = command.createHelp().visibleCommands(command);
  const node: CommandNode = {
    place,
    commands: children.map((child) => ({ name: child.name(), description: child.description() })),
    flags: flagsOf(command),
    argument: argumentOf(command.registeredArguments),
  };
  return [node, ...children.flatMap((child) => commandTree(child, `${place} ${child.name()}`.trim()))];
}
