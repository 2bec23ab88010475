import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a test leaves on the machine while it runs. A process is its whole group, known by its number and its start
 * (field 22 of proc_pid_stat(5)), so that a later process of the same number is safe.
 */
export type Owned =
  | { readonly kind: 'process-group'; readonly pid: number; readonly start: string }
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'folder'; readonly path: string };

/** Field 22 of /proc/PID/stat, or undefined when there is no such process. */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined;
    throw error;
  }
}

/**
 * The guard outlives this process and clears what is still owned when its standard input ends: at the end of a run, after
 * Ctrl-C, and also after a kill -9, which no handler in this process would see.
 */
function startGuard(): (line: string) => void {
  const guard = spawn(process.execPath, [join(import.meta.dirname, 'guard.ts')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  guard.unref();
  // A pipe of a child is a socket, which would keep this process alive.
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return (line) => guard.stdin.write(line);
}

let tellGuard: ((line: string) => void) | undefined;
let lastNumber = 0;

/** Has the guard remove something if this process ends first. Call what it returns once it is gone. */
export function own(owned: Owned): () => void {
  tellGuard ??= startGuard();
  const tell = tellGuard;
  lastNumber += 1;
  const number = lastNumber;
  tell(`${JSON.stringify({ number, owned })}\n`);
  return () => tell(`${JSON.stringify({ number })}\n`);
}
