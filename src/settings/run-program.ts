import { UsageError } from './command-words.ts';
import { SettingsError } from './settings-error.ts';

/** Says what went wrong in sentences, and answers the exit code that goes with it. */
function explain(program: string, usage: string, error: unknown): number {
  const say = (text: string) => process.stderr.write(`${program}: ${text}\n`);
  if (error instanceof SettingsError) {
    for (const problem of error.problems) say(problem);
    return 2;
  }
  say(error instanceof Error ? error.message : String(error));
  if (!(error instanceof UsageError)) return 1;
  process.stderr.write(usage);
  return 2;
}

/** Does what a daemon's command line asks for; whatever it throws is said on standard error and sets the exit code. */
export async function runProgram(program: string, usage: string, execute: () => Promise<void>): Promise<void> {
  try {
    await execute();
  } catch (error) {
    process.exitCode = explain(program, usage, error);
  }
}
