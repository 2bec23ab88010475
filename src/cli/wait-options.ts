import { type Command, InvalidArgumentError } from 'commander';
import { CliError } from './cli-error.ts';

const DEFAULT_SECONDS = 60;

interface WaitOptions {
  readonly wait?: boolean;
  readonly timeout?: number;
}

function seconds(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number of seconds above 0.');
}

/** Adds --wait and --timeout. */
export function addWaitOptions(command: Command, until: string): void {
  command.option('--wait', `return when ${until}`);
  command.option('--timeout <SECONDS>', `with --wait: how long at most (default: ${DEFAULT_SECONDS})`, seconds);
}

/**
 * How long to wait, in seconds; undefined: not at all.
 * @throws CliError usage
 */
export function patienceOf(command: Command): number | undefined {
  const { wait, timeout } = command.opts<WaitOptions>();
  if (wait) return timeout ?? DEFAULT_SECONDS;
  if (timeout !== undefined) throw new CliError('usage', '--timeout makes sense with --wait only');
  return undefined;
}
