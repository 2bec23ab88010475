import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import type { Row } from './decode-answer.ts';
import { ports, type TapKind } from './kinds.ts';
import type { NetworkApi } from './network-api.ts';
import { startProgress } from './progress.ts';
import type { Surroundings } from './surroundings.ts';

/** A tap is made within milliseconds, so look soon, and then ever less often. */
const FIRST_PAUSE_MILLISECONDS = 50;
const LAST_PAUSE_MILLISECONDS = 1_000;

/** What is waited for, and by what. */
export interface Waiting {
  readonly api: NetworkApi;
  readonly kind: TapKind;
  /** In seconds. */
  readonly patience: number;
  readonly surroundings: Surroundings;
}

/** What was decided, if it was before time was over, and the tap as it was seen last. */
interface Outcome<T> {
  readonly verdict: T | undefined;
  readonly last: Row;
}

/** "the tap flow web (ID)" */
function label({ noun }: TapKind, { id, name }: Row): string {
  return name ? `the ${noun} ${String(name)} (${String(id)})` : `the ${noun} ${String(id)}`;
}

async function pause(milliseconds: number, interrupted: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal: interrupted });
  } catch (cause) {
    throw new CliError('interrupted', 'interrupted', { cause });
  }
}

/** Undefined when it is gone. */
async function look({ api, kind }: Waiting, id: string): Promise<Row | undefined> {
  try {
    return await api.show(kind, id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Looks at a tap until what is seen decides, or time is over. */
async function lookUntil<T>(
  waiting: Waiting,
  row: Row,
  decide: (seen: Row | undefined) => T | undefined,
  tell: (text: string) => void,
): Promise<Outcome<T>> {
  const deadline = performance.now() + waiting.patience * 1000;
  let last = row;
  for (let rest = FIRST_PAUSE_MILLISECONDS; ; rest = Math.min(rest * 1.5, LAST_PAUSE_MILLISECONDS)) {
    const seen = await look(waiting, String(row['id']));
    last = seen ?? last;
    tell(`${label(waiting.kind, last)}: ${seen ? String(seen['status']) : 'gone'}`);
    const verdict = decide(seen);
    const left = deadline - performance.now();
    if (verdict !== undefined || left <= 0) return { verdict, last };
    await pause(Math.min(rest, left), waiting.surroundings.interrupted);
  }
}

async function watch<T>(
  waiting: Waiting,
  row: Row,
  decide: (seen: Row | undefined) => T | undefined,
): Promise<Outcome<T>> {
  const progress = await startProgress(waiting.surroundings, label(waiting.kind, row));
  try {
    return await lookUntil(waiting, row, decide, progress.tell);
  } finally {
    progress.end();
  }
}

/** "the TaaS agent on host h", as far as we may know. */
async function whichAgent({ api, kind }: Waiting, row: Row): Promise<string> {
  try {
    const host = (await api.show(ports, String(row[kind.worksAt])))['binding:host_id'];
    return host ? `the TaaS agent on host ${String(host)}` : "the TaaS agent on the port's host";
  } catch (error) {
    if (error instanceof ApiError) return "the TaaS agent on the port's host";
    throw error;
  }
}

function late({ kind, patience }: Waiting, last: Row): string {
  return `${label(kind, last)} is still ${String(last['status'])} after ${patience} seconds`;
}

/**
 * Waits until a tap is ACTIVE.
 * @param onSeen each state of it.
 * @throws CliError failed when it is in ERROR or gone, timed-out, interrupted; what NetworkApi throws
 */
export async function waitUntilActive(waiting: Waiting, created: Row, onSeen: (row: Row) => void): Promise<void> {
  const { verdict, last } = await watch(waiting, created, (seen) => {
    if (seen === undefined) return 'gone';
    onSeen(seen);
    return ['ACTIVE', 'ERROR'].find((status) => status === seen['status']);
  });
  if (verdict === 'ACTIVE') return;
  const what = label(waiting.kind, last);
  if (verdict === 'gone') throw new CliError('failed', `${what} was deleted meanwhile`);
  const agent = await whichAgent(waiting, last);
  if (verdict === 'ERROR') throw new CliError('failed', `${what} is in ERROR; the log of ${agent} says why`);
  throw new CliError('timed-out', `${late(waiting, last)}; does ${agent} run, and is the port plugged there?`);
}

/**
 * Waits until a tap is gone.
 * @throws CliError timed-out, interrupted; what NetworkApi throws
 */
export async function waitUntilGone(waiting: Waiting, deleted: Row): Promise<void> {
  const { verdict, last } = await watch(waiting, deleted, (seen) => (seen === undefined ? 'gone' : undefined));
  if (verdict === 'gone') return;
  throw new CliError('timed-out', `${late(waiting, last)}; does ${await whichAgent(waiting, last)} run?`);
}
