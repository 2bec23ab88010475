import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { own } from './own.ts';

/** A private folder for a test. Its path is short enough for Unix sockets in it (unix(7): 108 bytes). */
export interface Folder {
  readonly path: string;
  remove(): Promise<void>;
}

export async function addFolder(label: string): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), `taas-${label}-`));
  const disown = own({ kind: 'folder', path });
  const remove = async () => {
    await rm(path, { recursive: true, force: true });
    disown();
  };
  return { path, remove };
}
