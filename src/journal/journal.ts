import { link, rename, rm } from 'node:fs/promises';
import type { DesiredState } from '../tap/desired-state.ts';
import { stateDelta } from '../tap/state-delta.ts';
import { appendDurably, type KnownFile, syncFolder, writeDurably } from './durable-file.ts';
import { encodeHeader } from './file-header.ts';
import { encodeFrame } from './frame.ts';
import { JournalError } from './journal-error.ts';
import type { TraceJournal } from './journal-trace.ts';
import { type Paths, pathsIn } from './paths.ts';
import { deltaPayload, snapshotPayload } from './payload.ts';
import { type ReadJournal, readJournal } from './read-journal.ts';

/**
 * The log is folded into a new snapshot when it is as long as the snapshot before it: so all snapshots together cost no
 * more bytes than the log itself, and a start reads at most twice the state. Where the state is smaller than this many
 * bytes, some 500 changes, they are waited for: a few taps shall not be written anew at every change.
 */
const SHORTEST_LOG_TO_FOLD = 256 * 1024;

/** The journal's file, when it is known to hold what was saved, and nothing else counts there. */
interface Current extends KnownFile {
  /** Its snapshot can be read, so that it serves as the earlier one. */
  readonly whole: boolean;
  /** The length at which it is begun anew. */
  readonly foldAt: number;
}

const foldAt = (length: number, snapshot: number) => length + Math.max(SHORTEST_LOG_TO_FOLD, snapshot);

function currentOf(file: ReadJournal['file']): Current | undefined {
  if (!file) return undefined;
  const { inode, end: length, snapshotEnd } = file;
  if (!file.snapshot) return { inode, length, whole: false, foldAt: length };
  return { inode, length, whole: true, foldAt: foldAt(snapshotEnd, snapshotEnd) };
}

/**
 * The taps on disk: a file of a snapshot and a log of what changed since, one record for each save. Records are never
 * changed, and each is on disk before the next is begun, so a crash at any moment costs at most what was not saved yet.
 * The folder is there, and held: see hold-folder.ts.
 */
export class Journal {
  readonly #paths: Paths;
  readonly #trace: TraceJournal;
  #state: DesiredState;
  #sequence: number;
  /** Undefined while there is no file, or it is not known which one is there: then it is begun anew. */
  #current: Current | undefined;
  #failure: JournalError | undefined;

  private constructor(folder: string, trace: TraceJournal, { state, file }: ReadJournal) {
    this.#paths = pathsIn(folder);
    this.#trace = trace;
    this.#state = state;
    this.#sequence = file?.sequence ?? 0;
    this.#current = currentOf(file);
  }

  /**
   * Reads what was saved last. Nothing is written before the first save: a full disk keeps no agent from starting.
   * @throws JournalError
   */
  static async open(folder: string, trace: TraceJournal): Promise<Journal> {
    const read = await readJournal(folder, trace);
    const journal = new Journal(folder, trace, read);
    if (read.file) await journal.#removeFormer();
    return journal;
  }

  /** The state that was saved last, or an empty one where none ever was. */
  get state(): DesiredState {
    return this.#state;
  }

  /** Why the last save failed, if it did. */
  get failure(): JournalError | undefined {
    return this.#failure;
  }

  /**
   * Resolves when the state is on disk. Until then, and when it rejects, a restart finds the one before it, or this one.
   * Calls must not overlap.
   * @throws JournalError with code io
   */
  async save(state: DesiredState): Promise<void> {
    try {
      await this.#write(state);
      this.#failure = undefined;
    } catch (cause) {
      const message = `taps cannot be saved to ${this.#paths.journal}: ${String(cause)}`;
      this.#failure = new JournalError('io', message, { cause });
      throw this.#failure;
    }
    await this.#foldWhenLong();
  }

  async #write(state: DesiredState): Promise<void> {
    const sequence = this.#sequence + 1;
    if (!(await this.#append(sequence, state))) await this.#begin(sequence, state);
    this.#state = state;
    this.#sequence = sequence;
  }

  /** Answers false when there is no file to append to. */
  async #append(sequence: number, state: DesiredState): Promise<boolean> {
    const current = this.#current;
    if (!current) return false;
    const frame = encodeFrame(sequence, deltaPayload(stateDelta(this.#state, state)));
    if (await appendDurably(this.#paths.journal, current, frame, this.#failure !== undefined)) {
      this.#current = { ...current, length: current.length + frame.length };
      return true;
    }
    this.#current = undefined;
    return false;
  }

  /** What was saved stays saved where this fails. */
  async #foldWhenLong(): Promise<void> {
    const current = this.#current;
    if (!current || current.length < current.foldAt) return;
    try {
      await this.#begin(this.#sequence, this.#state);
      this.#trace({ kind: 'folded', bytes: this.#current?.length ?? 0, before: current.length });
    } catch (error) {
      this.#trace({ kind: 'fold-failed', error });
      // Trying again at each save would fill a full disk again and again.
      this.#current = { ...current, foldAt: foldAt(current.length, 0) };
    }
  }

  /**
   * Begins the file anew with a snapshot, by write, fsync, rename, fsync of the folder. The file before it stays as
   * the earlier one if its snapshot is whole; with one that is not, it would be of no use.
   */
  async #begin(sequence: number, state: DesiredState): Promise<void> {
    const { folder, journal, next } = this.#paths;
    const snapshot = encodeFrame(sequence, snapshotPayload(state));
    const known = await this.#writeNext(Buffer.concat([encodeHeader(sequence), snapshot]));
    const before = this.#current;
    if (before?.whole) await this.#keepAsEarlier();
    await rename(next, journal);
    // Should this fail, the next append finds another file under the name, and it is begun anew.
    await syncFolder(folder);
    this.#current = { ...known, whole: true, foldAt: foldAt(known.length, known.length) };
    if (!before?.whole) await this.#remove(this.#paths.earlier);
    await this.#removeFormer();
  }

  async #writeNext(bytes: Buffer): Promise<KnownFile> {
    try {
      return await writeDurably(this.#paths.next, bytes);
    } catch (error) {
      // What there is of it would take room that the log may need.
      await rm(this.#paths.next, { force: true });
      throw error;
    }
  }

  async #keepAsEarlier(): Promise<void> {
    const { journal, earlier } = this.#paths;
    await rm(earlier, { force: true });
    await link(journal, earlier);
  }

  /** Taps are taken over once: should the journal be moved away one day, they must not come back. */
  async #removeFormer(): Promise<void> {
    await this.#remove(this.#paths.former);
  }

  async #remove(path: string): Promise<void> {
    try {
      await rm(path, { force: true });
    } catch (error) {
      this.#trace({ kind: 'not-removed', path, error });
    }
  }
}
