import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { addFolder } from './folder.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { runCommand } from './run-command.ts';
import { SupportError } from './support-error.ts';

export interface OvsdbServerOptions {
  /** Path of the schema; that of Open vSwitch unless told. */
  readonly schema?: string;
  /** A cluster of one: only clustered databases keep a history from which monitor_cond_since can resume. */
  readonly clustered?: boolean;
  /** Further remotes beside the socket, such as `ptcp:0:127.0.0.1`. */
  readonly remotes?: readonly string[];
  /** Further options of ovsdb-server(1). */
  readonly options?: readonly string[];
}

/** An ovsdb-server without a switch, which can be ended and started again on the same database. */
export interface OvsdbServer {
  readonly folder: string;
  /** Its Unix socket, as clients name it. */
  readonly remote: string;
  readonly pid: () => number;
  /** The port that the kernel chose for the last remote with port 0. */
  readonly port: () => number;
  /** Resolves when clients can connect. */
  readonly start: () => Promise<void>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Ends it and removes its files. */
  readonly remove: () => Promise<void>;
}

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

async function createDatabase(folder: string, { schema = SCHEMA, clustered = false }: OvsdbServerOptions) {
  const kind = clustered ? ['create-cluster'] : ['create'];
  const address = clustered ? [`unix:${join(folder, 'raft')}`] : [];
  await runCommand('ovsdb-tool', [...kind, join(folder, 'conf.db'), schema, ...address]);
}

async function answers(folder: string, server: RunningProcess): Promise<true> {
  if (!server.isRunning()) throw new SupportError('process-ended', `ovsdb-server ended at once: ${server.output()}`);
  if (!existsSync(join(folder, 'ctl'))) throw new Error('the control socket is not there yet');
  await runCommand('ovs-appctl', ['-t', join(folder, 'ctl'), 'version']);
  return true;
}

/** Makes a database; `start` runs its server. Throws SupportError with what the tools said. */
export async function addOvsdbServer(options: OvsdbServerOptions = {}): Promise<OvsdbServer> {
  const { path: folder, remove: removeFolder } = await addFolder('ovsdb');
  await createDatabase(folder, options);
  const remote = `unix:${join(folder, 'db.sock')}`;
  const remotes = [`p${remote}`, ...(options.remotes ?? [])].map((each) => `--remote=${each}`);
  const args = [join(folder, 'conf.db'), ...remotes, `--unixctl=${join(folder, 'ctl')}`, ...(options.options ?? [])];
  let server: RunningProcess | undefined;
  const current = () => {
    if (!server?.isRunning()) throw new SupportError('process-ended', 'ovsdb-server is not running');
    return server;
  };
  const start = async () => {
    await rm(join(folder, 'ctl'), { force: true });
    const started = await startProcess('ovsdb-server', args, { env: { OVS_RUNDIR: folder } });
    server = started;
    await eventually(() => answers(folder, started), { what: 'ovsdb-server to answer' });
  };
  const stop = async (signal?: NodeJS.Signals) => server?.stop(signal);
  const port = () => Number(/.*listening on port (\d+)/s.exec(current().output())?.[1]);
  const remove = async () => {
    await stop();
    await removeFolder();
  };
  return { folder, remote, pid: () => current().pid, port, start, stop, remove };
}
