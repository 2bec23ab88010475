import { styleText } from 'node:util';
import { CommanderError } from 'commander';
import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import { settingOf } from './connection-flags.ts';
import { isColourful, type Surroundings } from './surroundings.ts';

/** What to tell the user, and the exit code: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted. */
export interface Explanation {
  /** Undefined when all was said. */
  readonly sentence: string | undefined;
  readonly exitCode: 0 | 1 | 2 | 130;
}

/** Prints a sentence on standard error. It may quote anybody's text: it stays on its line, and moves no cursor. */
export function say(surroundings: Pick<Surroundings, 'stderr' | 'environment'>, sentence: string): void {
  const { stderr } = surroundings;
  const name = isColourful(stderr, surroundings) ? styleText('red', 'taas:', { validateStream: false }) : 'taas:';
  stderr.write(`${name} ${sentence.replace(/\p{Cc}+/gu, ' ')}\n`);
}

/** @param help the command that tells how it is used, such as "taas tap flow create --help" */
function explainUsage(sentence: string, help: string): Explanation {
  return { sentence: `${sentence.replace(/\.$/, '')}; see ${help}`, exitCode: 2 };
}

/** Commander's messages are one or two lines: "error: unknown option '--prot'", "(Did you mean --port?)". */
function explainCommander({ code, exitCode, message }: CommanderError, help: string): Explanation {
  if (exitCode === 0) return { sentence: undefined, exitCode };
  // The help was printed in the place of a message.
  if (code === 'commander.help') return { sentence: undefined, exitCode: 2 };
  const lines = message.replace(/^error: /, '').split('\n');
  return explainUsage(lines.join(' '), help);
}

function explainCli({ code, message }: CliError, help: string): Explanation {
  switch (code) {
    case 'usage':
      return explainUsage(message, help);
    case 'settings':
      return { sentence: message, exitCode: 2 };
    case 'interrupted':
      return { sentence: message, exitCode: 130 };
    default:
      return { sentence: message, exitCode: 1 };
  }
}

/** Why a command has failed; what nobody foresaw comes with its place in the program. */
export function explainError(error: unknown, help: string): Explanation {
  if (error instanceof CommanderError) return explainCommander(error, help);
  if (error instanceof CliError) return explainCli(error, help);
  if (error instanceof ApiError) {
    const { status, message } = error;
    return { sentence: status === 401 ? `${message} Is ${settingOf('token')} right?` : message, exitCode: 1 };
  }
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { sentence: `this is a fault of taas itself: ${what}`, exitCode: 1 };
}
