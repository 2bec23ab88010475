import { randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type DesiredState, emptyState } from '../tap/desired-state.ts';
import { MAX_NUMBER } from '../tap/take-events.ts';
import { parseFormerFile } from './former-file.ts';
import { JournalError } from './journal-error.ts';
import type { TraceJournal } from './journal-trace.ts';
import { type Paths, pathsIn } from './paths.ts';
import { type Replayed, replay, stateAtEnd } from './replay.ts';
import { wayOut } from './way-out.ts';

interface ReadFile {
  readonly bytes: Buffer;
  readonly inode: number;
}

/** The taps as they were saved last. */
export interface ReadJournal {
  readonly state: DesiredState;
  /** Undefined when no journal was begun yet. */
  readonly file: (Replayed & { readonly inode: number }) | undefined;
}

/** Undefined when there is none. */
async function readIfThere(path: string): Promise<ReadFile | undefined> {
  try {
    const file = await open(path);
    try {
      return { inode: (await file.stat()).ino, bytes: await file.readFile() };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new JournalError('io', `taps cannot be read from ${path}: ${String(error)}`, { cause: error });
  }
}

function snapshotDamaged(path: string, why: string, cause?: unknown): JournalError {
  const message = `${path} is damaged: its snapshot is not what was saved, and ${why}; ${wayOut(path)}`;
  return new JournalError('damaged', message, { cause });
}

async function replayEarlier({ earlier, journal }: Paths): Promise<Replayed | undefined> {
  try {
    const read = await readIfThere(earlier);
    return read && replay(read.bytes, earlier);
  } catch (cause) {
    throw snapshotDamaged(journal, `the earlier one is of no use (${String(cause)})`, cause);
  }
}

/** The state of a journal whose snapshot is damaged. */
async function recovered(paths: Paths, replayed: Replayed, trace: TraceJournal): Promise<DesiredState> {
  const { journal: path, earlier } = paths;
  const state = stateAtEnd(replayed, await replayEarlier(paths));
  if (!state) throw snapshotDamaged(path, 'no earlier one leads up to it');
  trace({ kind: 'earlier-used', path, earlier });
  return state;
}

/**
 * What was kept before there was a journal, or nothing. An empty state begins at a number of its own: flows of taps that
 * were lost with a former state must not be taken for those of new ones.
 */
async function firstState(path: string, trace: TraceJournal): Promise<DesiredState> {
  const former = await readIfThere(path);
  if (!former) return { ...emptyState, lastNumber: randomInt(MAX_NUMBER) };
  const state = parseFormerFile(former.bytes.toString('utf8'), path);
  trace({ kind: 'taken-over', path });
  return state;
}

/**
 * Reads the taps that were saved last into a state folder; changes nothing there.
 * @throws JournalError
 */
export async function readJournal(folder: string, trace: TraceJournal): Promise<ReadJournal> {
  const paths = pathsIn(folder);
  const read = await readIfThere(paths.journal);
  if (!read) return { state: await firstState(paths.former, trace), file: undefined };
  const replayed = replay(read.bytes, paths.journal);
  const state = stateAtEnd(replayed) ?? (await recovered(paths, replayed, trace));
  if (replayed.torn > 0) trace({ kind: 'torn-tail', path: paths.journal, bytes: replayed.torn });
  return { state, file: { ...replayed, inode: read.inode } };
}
