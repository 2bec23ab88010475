import { join } from 'node:path';
import { prepareDaemon, type TestDaemon } from './daemon.ts';
import { runCommand } from './run-command.ts';
import type { Switch } from './switch.ts';

export interface AgentOptions {
  readonly on: Pick<Switch, 'runDir'>;
  readonly brokerUrl: string;
  readonly host: string;
  /** Further settings, as in the file, merged over those above. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of the build; that of this working copy unless told. */
  readonly dist?: string;
  /** Where it keeps its taps; a folder beside its configuration unless told. */
  readonly stateDir?: string;
}

/** The built taas-agent; ready is one that takes events and has brought the switch up to date for the first time. */
export interface TestAgent extends TestDaemon {
  readonly stateDir: string;
  /** Runs `taas-agent cleanup` and answers what it says. */
  cleanup(): Promise<string>;
}

/** Prepares an agent; `start` starts it. */
export async function prepareAgent({
  on,
  brokerUrl,
  host,
  settings,
  env,
  dist,
  stateDir: given,
}: AgentOptions): Promise<TestAgent> {
  const stateDir = (folder: string) => given ?? join(folder, 'state');
  const daemon = await prepareDaemon({
    name: 'taas-agent',
    settings: (folder) => ({
      host,
      bus: { urls: [brokerUrl] },
      ovs: { run_dir: on.runDir },
      state_dir: stateDir(folder),
      log: { level: 'debug' },
      ...settings,
    }),
    ready: ['taking tap events', 'the switch holds what is wanted'],
    ...(env ? { env } : {}),
    ...(dist === undefined ? {} : { dist }),
  });
  return {
    ...daemon,
    stateDir: stateDir(daemon.folder),
    cleanup: () => runCommand(daemon.program, ['cleanup', '--config', daemon.config]),
  };
}
