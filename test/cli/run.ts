import { PassThrough } from 'node:stream';
import { runCli } from '../../src/cli/run-cli.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';
import { surroundings } from './surroundings.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends Partial<Pick<Surroundings, 'folder' | 'interrupted'>> {
  /** Nothing of this process's own environment is seen. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Both streams are terminals. */
  readonly terminal?: boolean;
}

function stream(terminal: boolean) {
  const chunks: Buffer[] = [];
  const through = new PassThrough();
  through.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ofTerminal = { isTTY: true, columns: 200, cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  return {
    output: terminal ? Object.assign(through, ofTerminal) : through,
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** Runs a command line in this process, and answers what it printed. */
export async function run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { environment = {}, terminal = false, ...more } = options;
  const [stdout, stderr] = [stream(terminal), stream(terminal)];
  const streams = { stdout: stdout.output, stderr: stderr.output };
  const exitCode = await runCli(words, surroundings(environment, { ...more, ...streams }));
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}
