import type { TestAgent } from '../support/agent.ts';
import type { LogLine } from '../support/daemon.ts';
import { type RunningProcess, startProcess } from '../support/process.ts';
import { PROGRAM } from './run-program.ts';

/** A run of an agent that may have to wait for what it needs: nobody waits until it is ready. */
export interface Begun {
  log(): readonly LogLine[];
  process(): RunningProcess;
}

/** Starts the program with the settings of an agent. The caller stops it. */
export async function beginAgent(
  { config }: Pick<TestAgent, 'config'>,
  env: Readonly<Record<string, string>> = {},
): Promise<Begun> {
  const running = await startProcess(PROGRAM, ['--config', config], { env });
  const log = () => {
    const lines = running.output().split('\n');
    return lines
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  };
  return { log, process: () => running };
}
