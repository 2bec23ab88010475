import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Journal } from '../../src/journal/journal.ts';
import { JournalError, type JournalErrorCode } from '../../src/journal/journal-error.ts';
import type { JournalTrace } from '../../src/journal/journal-trace.ts';
import { pathsIn } from '../../src/journal/paths.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import { addFolder } from '../support/folder.ts';

/** A state folder of a test, and journals opened in it one after another, as by agents that start. */
export class JournalFolder {
  readonly path: string;
  readonly paths: ReturnType<typeof pathsIn>;
  readonly remove: () => Promise<void>;
  /** What all of them told. */
  readonly told: JournalTrace[] = [];

  constructor(path: string, remove: () => Promise<void>) {
    this.path = path;
    this.paths = pathsIn(path);
    this.remove = remove;
  }

  open(): Promise<Journal> {
    return Journal.open(this.path, (event) => this.told.push(event));
  }

  kinds(): JournalTrace['kind'][] {
    return this.told.map(({ kind }) => kind);
  }

  /** Opens a journal and saves each state. */
  async save(...states: readonly DesiredState[]): Promise<Journal> {
    const journal = await this.open();
    for (const state of states) await journal.save(state);
    return journal;
  }

  async refusal(code: JournalErrorCode): Promise<string> {
    const { message } = await failure(this.open(), code);
    expect(message).toContain(this.path);
    expect(message.split('\n')).toHaveLength(1);
    return message;
  }

  /** A folder within with the same files. */
  async copy(name: string, files: readonly string[]): Promise<JournalFolder> {
    const path = join(this.path, name);
    await mkdir(path);
    for (const file of files) await copyFile(join(this.path, file), join(path, file));
    return new JournalFolder(path, async () => undefined);
  }
}

export async function addJournalFolder(): Promise<JournalFolder> {
  const folder = await addFolder('journal');
  return new JournalFolder(folder.path, folder.remove);
}

/** Expects it to fail with a JournalError of that code, and answers it. */
export async function failure(work: Promise<unknown>, code: JournalErrorCode): Promise<JournalError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof JournalError)) throw new Error(`expected a JournalError, got ${String(error)}`);
  expect(error.code).toBe(code);
  return error;
}
