import type { LogLine } from '../support/daemon.ts';
import { eventually } from '../support/eventually.ts';
import type { Begun } from './begin-agent.ts';

type Where = (line: LogLine) => boolean;

export const saying =
  (msg: string): Where =>
  (line) =>
    line.msg === msg;

/** Lines of the running agent's log. */
export function linesOf(agent: Begun, where: Where): readonly LogLine[] {
  return agent.log().filter(where);
}

/** Waits until the log has so many such lines, and answers them. */
export function logged(agent: Begun, where: Where, count = 1): Promise<readonly LogLine[]> {
  const enough = () => {
    const lines = linesOf(agent, where);
    if (lines.length >= count) return lines;
    throw new Error(`${lines.length} of ${count}; the log ends: ${agent.process().output().slice(-3000)}`);
  };
  return eventually(enough, { what: `${count} such lines of the log`, timeoutMs: 60_000 });
}

/** The counters, which the agent writes to its log when asked with SIGUSR1. */
export async function countersOf(agent: Begun): Promise<Readonly<Record<string, unknown>>> {
  const newest = () => linesOf(agent, saying('counters')).at(-1);
  // By its time and not by its number: of a long log only the end is kept.
  const before = newest()?.['time'];
  agent.process().signal('SIGUSR1');
  const answer = () => {
    const line = newest();
    return line?.['time'] !== before && line;
  };
  return eventually(answer, { what: 'the counters' });
}
