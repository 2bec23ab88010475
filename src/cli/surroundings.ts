import type { Writable } from 'node:stream';

/** A stream of a process; a terminal or not. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command has of the process that it runs in. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working folder, where clouds.yaml is looked for first. */
  readonly folder: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the user presses Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Of the package, for --version. */
  readonly version: string;
}

function isTerminal({ isTTY }: Output, environment: Surroundings['environment']): boolean {
  return isTTY === true && environment['TERM'] !== 'dumb';
}

/** Whether colours are welcome: on a terminal that can show them, unless NO_COLOR (no-color.org) is set. */
export function isColourful(output: Output, { environment }: Pick<Surroundings, 'environment'>): boolean {
  return isTerminal(output, environment) && !environment['NO_COLOR'];
}

/** Whether what is written may be written over: on a terminal that can, and not in the log of a build machine, which keeps it. */
export function isLively(output: Output, { environment }: Pick<Surroundings, 'environment'>): boolean {
  return isTerminal(output, environment) && environment['CI'] === undefined;
}
