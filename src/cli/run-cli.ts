import { nearestCommand } from './command-at.ts';
import { nameOf } from './declaration.ts';
import { explainError, say } from './explain-error.ts';
import { createProgram } from './program.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Runs one command line. Everything that goes wrong is told on standard error.
 * @param words behind the program's name
 * @returns the exit code
 */
export async function runCli(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = createProgram(surroundings);
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    const { sentence, exitCode } = explainError(error, `${nameOf(nearestCommand(program, words))} --help`);
    if (sentence !== undefined) say(surroundings, sentence);
    return exitCode;
  }
}
