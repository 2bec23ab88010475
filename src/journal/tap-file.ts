import { randomInt } from 'node:crypto';
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type DesiredState, emptyState } from '../tap/desired-state.ts';
import { MAX_NUMBER } from '../tap/take-events.ts';
import { JournalError } from './journal-error.ts';
import { formatState, parseState } from './state-document.ts';

/** Only root needs to know who taps whom. */
const FILE_MODE = 0o600;

async function synced(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, FILE_MODE);
  try {
    await use(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * The taps on disk: one file, replaced as a whole (write, fsync, rename, fsync of the folder), so that a crash at any
 * moment leaves the old state or the new one. The folder is there, and held: see hold-folder.ts.
 */
export class TapFile {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, 'taps.json');
  }

  /**
   * The state that was saved last, or an empty one where none ever was.
   * An empty one begins at a number of its own: flows of taps that were lost with a former state must not be taken for
   * those of new ones.
   * @throws JournalError
   */
  async load(): Promise<DesiredState> {
    try {
      return parseState(await readFile(this.#path, 'utf8'), this.#path);
    } catch (error) {
      if (error instanceof JournalError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        return { ...emptyState, lastNumber: randomInt(MAX_NUMBER) };
      throw new JournalError('io', `taps cannot be read from ${this.#path}: ${String(error)}`, { cause: error });
    }
  }

  /**
   * Resolves when the state is on disk. Calls must not overlap.
   * @throws JournalError with code io
   */
  async save(state: DesiredState): Promise<void> {
    const next = `${this.#path}.next`;
    try {
      await synced(next, 'w', (file) => file.writeFile(formatState(state)));
      await rename(next, this.#path);
      await synced(this.#folder, 'r', async () => undefined);
    } catch (error) {
      throw new JournalError('io', `taps cannot be saved to ${this.#path}: ${String(error)}`, { cause: error });
    }
  }
}
