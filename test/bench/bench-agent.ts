import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareAgent } from '../support/agent.ts';
import type { LogLine } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningProcess, startProcess } from '../support/process.ts';
import type { Switch } from '../support/switch.ts';

export interface BenchAgentOptions {
  readonly on: Switch;
  readonly brokerUrl: string;
  readonly host: string;
  /** `info`, the default of the agent, unless told. */
  readonly logLevel?: 'info' | 'debug';
  /** Further settings, as in the file. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The built agent as on a hypervisor: it logs at the level that it has by default, and where nobody reads along. */
export interface BenchAgent {
  readonly host: string;
  /** Where it keeps its taps. */
  readonly stateDir: string;
  pid(): number;
  /** Resolves when it takes events and the switch holds what is wanted, for the first time. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
  /** Halts the process where it is, until it may go on. */
  hold(): { readonly go: () => void };
  /** `taas-agent cleanup`: takes all that is ours off the switch. */
  cleanup(): Promise<void>;
  /** What it has logged since its last start. */
  log(): readonly LogLine[];
  /** Its counters, as it logs them upon SIGUSR1. */
  counters(): Promise<Readonly<Record<string, number>>>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

const READY = ['taking tap events', 'the switch holds what is wanted'];

/** Its standard output is a file, named by the last argument; the shell becomes the program. */
const INTO_FILE = 'exec "$0" --config "$1" >"$2" 2>&1';

function readLog(file: string): LogLine[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line) as LogLine);
}

export async function prepareBenchAgent(options: BenchAgentOptions): Promise<BenchAgent> {
  const { host, logLevel = 'info', settings = {} } = options;
  const agent = await prepareAgent({ ...options, settings: { log: { level: logLevel }, ...settings } });
  let running: RunningProcess | undefined;
  let starts = 0;
  const file = () => join(agent.folder, `log-${starts}`);
  const current = () => {
    if (!running?.isRunning())
      throw new Error(`the agent is not running: ${readFileSync(file(), 'utf8').slice(-2000)}`);
    return running;
  };
  const log = () => readLog(file());
  const start = async (env: Readonly<Record<string, string>> = {}) => {
    starts += 1;
    running = await startProcess('sh', ['-c', INTO_FILE, agent.program, agent.config, file()], { env });
    const ready = () => {
      current();
      const said = log().map(({ msg }) => msg);
      return READY.every((msg) => said.includes(msg));
    };
    await eventually(ready, { what: 'the agent to be ready', intervalMs: 50, timeoutMs: 120_000 });
  };
  const stop = async () => running?.stop();
  const hold = () => {
    const process = current();
    process.signal('SIGSTOP');
    return { go: () => process.signal('SIGCONT') };
  };
  const counters = async () => {
    const dumps = () => log().filter(({ msg }) => msg === 'counters');
    const before = dumps().length;
    current().signal('SIGUSR1');
    const dump = await eventually(() => dumps()[before], { what: 'the counters', intervalMs: 5 });
    return dump as unknown as Readonly<Record<string, number>>;
  };
  const cleanup = async () => {
    await agent.cleanup();
  };
  const remove = async () => {
    await stop();
    await agent.remove();
  };
  const { stateDir } = agent;
  return { host, stateDir, pid: () => current().pid, start, stop, hold, cleanup, log, counters, remove };
}
