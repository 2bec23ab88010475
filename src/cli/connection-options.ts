import { type Command, Help, Option } from 'commander';
import { connectionFlags, flagOf } from './connection-flags.ts';

const HEADING = 'Where the API is, and as whom to use it:';

function isOfConnection({ helpGroupHeading }: Option): boolean {
  return helpGroupHeading === HEADING;
}

/** They are many: left out of the place that commander has for them, above the commands. */
export function otherOptions(command: Command): Option[] {
  return new Help().visibleOptions(command).filter((option) => !isOfConnection(option));
}

/** What commander would print of them, for the end of the help. */
export function connectionHelp(command: Command): string {
  const terms = command.options.filter(isOfConnection).map(({ flags, description }) => ({ flags, description }));
  const width = Math.max(...terms.map(({ flags }) => flags.length));
  return [HEADING, ...terms.map(({ flags, description }) => `  ${flags.padEnd(width)}  ${description}`)].join('\n');
}

/** Adds the flags of the connection, which every command takes, before it and behind it. */
export function addConnectionOptions(command: Command): Command {
  for (const { name, value, description } of connectionFlags)
    command.addOption(new Option(`${flagOf(name)} <${value}>`, description).helpGroup(HEADING));
  return command.addOption(new Option('--insecure', 'accept any certificate of a server').helpGroup(HEADING));
}
