import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { own, processStart } from './own.ts';
import { SupportError } from './support-error.ts';

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child in a process group of its own. */
export interface RunningProcess {
  readonly pid: number;
  /** Resolves, never rejects, when it has ended, however it did. */
  readonly ended: Promise<Ending>;
  isRunning(): boolean;
  /** What it wrote so far, standard output and standard error together, the last MiB of it. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Ends the whole group: asks with the signal, kills after the grace time (10 s), resolves when it is gone. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
}

const GRACE_MS = 10_000;
const OUTPUT_LIMIT = 1 << 20;

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The last of the group may end at any moment.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Keeps the last of what the child writes. */
function collected(child: ChildProcessByStdio<null, Readable, Readable>): () => string {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-OUTPUT_LIMIT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return () => text;
}

/** Resolves with the number of the child once the program runs. */
async function spawned(child: ChildProcess, file: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new SupportError('process-ended', `cannot start ${file}`, { cause })));
  });
  if (child.pid === undefined) throw new SupportError('process-ended', `${file} has no process number`);
  return child.pid;
}

/** Asks the group to end, kills it when it has not within the grace time. */
async function stopGroup(pid: number, ended: Promise<unknown>, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  signalGroup(pid, signal);
  const patience = new AbortController();
  const late = delay(graceMs, 'late', { signal: patience.signal }).catch(() => 'ended');
  if ((await Promise.race([ended, late])) === 'late') signalGroup(pid, 'SIGKILL');
  patience.abort();
  await ended;
}

/**
 * Starts a program, which is killed with all its children also when the test process dies. Throws SupportError
 * `process-ended` when it cannot be started.
 */
export async function startProcess(
  file: string,
  args: readonly string[],
  { env = {}, cwd }: ProcessOptions = {},
): Promise<RunningProcess> {
  const child = spawn(file, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const output = collected(child);
  let running = true;
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (exitCode, signal) => {
      running = false;
      resolve({ exitCode, signal });
    });
  });
  const pid = await spawned(child, file);
  const disown = own({ kind: 'process-group', pid, start: processStart(pid) ?? '' });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM', graceMs = GRACE_MS) => {
    if (running) await stopGroup(pid, ended, signal, graceMs);
    disown();
  };
  return { pid, ended, isRunning: () => running, output, signal: (signal) => signalGroup(pid, signal), stop };
}
