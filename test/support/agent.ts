import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from './eventually.ts';
import { addFolder, type Folder } from './folder.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { runCommand } from './run-command.ts';
import type { Switch } from './switch.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/taas-agent');

export interface AgentOptions {
  readonly on: Pick<Switch, 'runDir'>;
  readonly brokerUrl: string;
  readonly host: string;
  /** Further settings, as in the file, merged over those above. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The built taas-agent, with a configuration and a state folder of its own that outlive a run of it. */
export interface TestAgent {
  readonly config: string;
  readonly stateDir: string;
  process(): RunningProcess;
  log(): readonly LogLine[];
  /** Resolves when the agent takes events and has brought the switch up to date for the first time. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Runs `taas-agent cleanup` and answers what it says. */
  cleanup(): Promise<string>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

function parseLog(output: string): LogLine[] {
  return output.split('\n').flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
}

async function writeConfig(folder: Folder, { on, brokerUrl, host, settings }: AgentOptions): Promise<string> {
  const config = join(folder.path, 'taas-agent.yaml');
  const content = {
    host,
    bus: { urls: [brokerUrl] },
    ovs: { run_dir: on.runDir },
    state_dir: join(folder.path, 'state'),
    log: { level: 'debug' },
    ...settings,
  };
  await writeFile(config, stringify(content));
  return config;
}

/** Prepares an agent; `start` starts it. */
export async function prepareAgent(options: AgentOptions): Promise<TestAgent> {
  const folder = await addFolder('agent');
  const config = await writeConfig(folder, options);
  let running: RunningProcess | undefined;
  const process = () => {
    if (!running) throw new Error('the agent was not started');
    return running;
  };
  const log = () => parseLog(process().output());
  const start = async () => {
    running = await startProcess(PROGRAM, ['--config', config], options.env ? { env: options.env } : {});
    const ready = () => {
      if (!process().isRunning()) throw new Error(`taas-agent has ended: ${process().output()}`);
      const said = log().map(({ msg }) => msg);
      return said.includes('taking tap events') && said.includes('the switch holds what is wanted');
    };
    await eventually(ready, { what: 'the agent to be ready' });
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    await running?.stop(signal);
  };
  return {
    config,
    stateDir: join(folder.path, 'state'),
    process,
    log,
    start,
    stop,
    cleanup: () => runCommand(PROGRAM, ['cleanup', '--config', config]),
    remove: async () => {
      await stop();
      await folder.remove();
    },
  };
}
