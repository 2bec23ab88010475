import { readdirSync, readFileSync } from 'node:fs';

/** What a process has cost so far, in milliseconds of a core: its threads' run times of /proc/PID/schedstat, which are in ns. */
export function cpuMilliseconds(pid: number): number {
  const folder = `/proc/${pid}/task`;
  const times = readdirSync(folder).map((thread) => {
    const [onCpu] = readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ');
    return Number(onCpu);
  });
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

/** Fields 16 and 17 of proc_pid_stat(5) are in these. */
const TICK_MS = 10;

/** What the children of a process that have ended, and theirs, have cost so far, in milliseconds of a core. */
export function childrenMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/** Memory of a process, in MB (1,000,000 bytes). */
export interface MemoryUse {
  /** VmRSS of proc_pid_status(5). */
  readonly resident: number;
  /** VmHWM: the most that was ever resident. */
  readonly peak: number;
  /** Pss of smaps_rollup: pages that others share count by their share. */
  readonly proportional: number;
  /** Pages that are nobody else's. */
  readonly anonymous: number;
}

function kilobytes(file: string, key: string): number {
  const found = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'));
  if (!found) throw new Error(`no ${key} in ${file}`);
  return (Number(found[1]) * 1024) / 1e6;
}

export function memoryUse(pid: number): MemoryUse {
  const [status, rollup] = [`/proc/${pid}/status`, `/proc/${pid}/smaps_rollup`];
  return {
    resident: kilobytes(status, 'VmRSS'),
    peak: kilobytes(status, 'VmHWM'),
    proportional: kilobytes(rollup, 'Pss'),
    anonymous: kilobytes(status, 'RssAnon'),
  };
}

/** Jiffies of all cores since boot, of the first line of proc_stat(5): user to steal, of which idle and iowait are no work. */
function machineTimes(): { readonly all: number; readonly idle: number } {
  const fields = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map(Number);
  return { all: fields.reduce((sum, field) => sum + field, 0), idle: (fields[3] ?? 0) + (fields[4] ?? 0) };
}

/** Begins to watch the machine; the answer tells which share of its cores, 0 to 1, was busy since. */
export function watchMachine(): () => number {
  const before = machineTimes();
  return () => {
    const now = machineTimes();
    return 1 - (now.idle - before.idle) / Math.max(1, now.all - before.all);
  };
}
