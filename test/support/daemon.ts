import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from './eventually.ts';
import { addFolder } from './folder.ts';
import { type RunningProcess, startProcess } from './process.ts';

const DIST = join(import.meta.dirname, '../../dist');

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A built daemon of ours, with a configuration and a private folder that outlive a run of it. */
export interface TestDaemon {
  readonly program: string;
  readonly config: string;
  readonly folder: string;
  process(): RunningProcess;
  log(): readonly LogLine[];
  /** Resolves when it is ready. What is given is in its environment besides, for this run. */
  start(besides?: Readonly<Record<string, string>>): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

export interface DaemonOptions {
  readonly name: 'taas-agent' | 'taas-server';
  /** The settings, as in the file, given the private folder. */
  readonly settings: (folder: string) => Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of the build; that of this working copy unless told. */
  readonly dist?: string;
  /** The messages that it has logged once it is ready. */
  readonly ready: readonly string[];
}

function parseLog(output: string): LogLine[] {
  return output.split('\n').flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
}

/** Prepares a daemon; `start` starts it. */
export async function prepareDaemon({ name, settings, env, dist = DIST, ready }: DaemonOptions): Promise<TestDaemon> {
  const folder = await addFolder(name.replace('taas-', ''));
  const config = join(folder.path, `${name}.yaml`);
  await writeFile(config, stringify(settings(folder.path)));
  const program = join(dist, name);
  let running: RunningProcess | undefined;
  const process = () => {
    if (!running) throw new Error(`${name} was not started`);
    return running;
  };
  const log = () => parseLog(process().output());
  const start = async (besides: Readonly<Record<string, string>> = {}) => {
    running = await startProcess(program, ['--config', config], { env: { ...env, ...besides } });
    const isReady = () => {
      if (!process().isRunning()) throw new Error(`${name} has ended: ${process().output()}`);
      const said = log().map(({ msg }) => msg);
      return ready.every((msg) => said.includes(msg));
    };
    await eventually(isReady, { what: `${name} to be ready` });
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    await running?.stop(signal);
  };
  const remove = async () => {
    await stop();
    await folder.remove();
  };
  return { program, config, folder: folder.path, process, log, start, stop, remove };
}
