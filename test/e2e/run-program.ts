import { join } from 'node:path';
import { execa } from 'execa';

/** The built program. */
export const PROGRAM = join(import.meta.dirname, '../../dist/taas-agent');

export interface Ran {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end; 60 s is more than any of its errands takes. */
export async function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  file: string = PROGRAM,
): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(file, args, {
    reject: false,
    env,
    timeout: 60_000,
    stdin: 'ignore',
  });
  return { exitCode, stdout, stderr };
}
