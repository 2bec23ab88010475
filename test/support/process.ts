import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { own, processStart } from './own.ts';
import { SupportError } from './support-error.ts';

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A child in a process group of its own. */
export interface RunningProcess {
  readonly pid: number;
  /** Resolves, never rejects, when it has ended, however it did. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
  isRunning(): boolean;
  /** What it wrote so far, standard output and standard error together, the last MiB of it. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
  /** Ends the whole group: asks with the signal, kills after the grace time (10 s), resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const GRACE_MS = 10_000;
const OUTPUT_LIMIT = 1 << 20;

function groupOf(pid: number): { readonly pid: number; readonly start: string } {
  const start = processStart(pid);
  if (start === undefined) throw new SupportError('process-ended', `process ${pid} is gone already`);
  return { pid, start };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The last of the group may end at any moment.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
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
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-OUTPUT_LIMIT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new SupportError('process-ended', `cannot start ${file}`, { cause })));
  });
  const { pid } = child;
  if (pid === undefined) throw new SupportError('process-ended', `${file} has no process number`);
  const disown = own({ kind: 'process-group', ...groupOf(pid) });
  let running = true;
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (exitCode, signal) => {
      running = false;
      disown();
      resolve({ exitCode, signal });
    });
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (!running) return;
    signalGroup(pid, signal);
    const patience = new AbortController();
    const late = delay(GRACE_MS, 'late', { signal: patience.signal, ref: false }).catch(() => 'ended');
    if ((await Promise.race([ended, late])) === 'late') signalGroup(pid, 'SIGKILL');
    patience.abort();
    await ended;
  };
  return {
    pid,
    ended,
    isRunning: () => running,
    output: () => text,
    signal: (signal) => signalGroup(pid, signal),
    stop,
  };
}
