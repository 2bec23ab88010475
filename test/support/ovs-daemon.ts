import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import type { Namespace } from './namespace.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { runCommand } from './run-command.ts';
import { SupportError } from './support-error.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

export type OvsDaemonName = 'ovsdb-server' | 'ovs-vswitchd';

/** One of the two daemons of a switch, which can be ended and started again on the same files. */
export interface OvsDaemon {
  readonly name: OvsDaemonName;
  /** Resolves when it answers ovs-appctl(8). */
  start(): Promise<void>;
  /** Ends it: SIGTERM as a service manager would, SIGKILL as a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  pid(): number;
  /** What it logged since its last start. */
  log(): string;
}

export function createDatabase(file: string): Promise<string> {
  return runCommand('ovsdb-tool', ['create', file, SCHEMA]);
}

function argumentsOf(name: OvsDaemonName, runDir: string): readonly string[] {
  const socket = join(runDir, 'db.sock');
  const common = [`--pidfile=${join(runDir, `${name}.pid`)}`, `--unixctl=${join(runDir, `${name}.ctl`)}`];
  // Without --disable-system a host that has the kernel module would be asked for its datapaths.
  return name === 'ovsdb-server'
    ? [join(runDir, 'conf.db'), `--remote=punix:${socket}`, ...common]
    : [`unix:${socket}`, '--disable-system', ...common];
}

async function answers(name: OvsDaemonName, runDir: string, daemon: RunningProcess): Promise<true> {
  if (!daemon.isRunning()) throw new SupportError('process-ended', `${name} ended at once: ${daemon.output()}`);
  if (name === 'ovsdb-server' && !existsSync(join(runDir, 'db.sock'))) throw new Error('db.sock is not there yet');
  await runCommand('ovs-appctl', ['-t', join(runDir, `${name}.ctl`), 'version']);
  return true;
}

export function ovsDaemon(name: OvsDaemonName, runDir: string, namespace: Namespace): OvsDaemon {
  let daemon: RunningProcess | undefined;
  const current = () => {
    if (!daemon?.isRunning()) throw new SupportError('process-ended', `${name} is not running`);
    return daemon;
  };
  const start = async () => {
    if (daemon?.isRunning()) throw new SupportError('command-failed', `${name} is running already`);
    // A crashed daemon leaves its files, and ovs-appctl would speak to a socket that nobody answers.
    for (const kind of ['pid', 'ctl']) await rm(join(runDir, `${name}.${kind}`), { force: true });
    const command = namespace.command(name, argumentsOf(name, runDir));
    const started = await startProcess('ip', command, { env: { OVS_RUNDIR: runDir } });
    daemon = started;
    await eventually(() => answers(name, runDir, started), { what: `${name} to answer` });
  };
  return {
    name,
    start,
    stop: async (signal) => daemon?.stop(signal),
    isRunning: () => daemon?.isRunning() ?? false,
    pid: () => current().pid,
    log: () => daemon?.output() ?? '',
  };
}
