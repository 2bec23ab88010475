import { PassThrough } from 'node:stream';
import type { Surroundings } from '../../src/cli/surroundings.ts';

/** Surroundings of a command, for a test: no environment but the one given, no home, output that nobody reads. */
export function surroundings(
  environment: Readonly<Record<string, string>> = {},
  more: Partial<Surroundings> = {},
): Surroundings {
  return {
    environment: { HOME: '/nowhere', ...environment },
    folder: '/nowhere',
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    interrupted: new AbortController().signal,
    version: '1.2.3',
    ...more,
  };
}
