import { copyFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { addFolder } from './folder.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A copy of the build in a folder of its own, as it is on a host: what a package puts there, and replaces. */
export interface Installation {
  readonly folder: string;
  /** Its dist/. */
  readonly dist: string;
  /** Puts another copy of the build in place of the one there, as an upgrade does. */
  upgrade(): Promise<void>;
  remove(): Promise<void>;
}

export async function addInstallation(): Promise<Installation> {
  const folder = await addFolder('installation');
  const [dist, next] = [join(folder.path, 'dist'), join(folder.path, 'dist.new')];
  const unpack = (to: string) => runCommand('cp', ['-r', join(ROOT, 'dist'), to]);
  await copyFile(join(ROOT, 'package.json'), join(folder.path, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  await unpack(dist);
  const upgrade = async () => {
    await unpack(next);
    await rm(dist, { recursive: true });
    await rename(next, dist);
  };
  return { folder: folder.path, dist, upgrade, remove: folder.remove };
}
