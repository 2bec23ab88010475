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
  /** Unpacks another copy of the build beside the one there; what it answers puts that in its place, as an upgrade does. */
  unpack(): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

export async function addInstallation(): Promise<Installation> {
  const folder = await addFolder('installation');
  const inFolder = (name: string) => join(folder.path, name);
  const [dist, next, former] = [inFolder('dist'), inFolder('dist.new'), inFolder('dist.old')];
  const copyTo = (path: string) => runCommand('cp', ['-r', join(ROOT, 'dist'), path]);
  await copyFile(join(ROOT, 'package.json'), inFolder('package.json'));
  await symlink(join(ROOT, 'node_modules'), inFolder('node_modules'));
  await copyTo(dist);
  const unpack = async () => {
    await rm(former, { recursive: true, force: true });
    await copyTo(next);
    return async () => {
      await rename(dist, former);
      await rename(next, dist);
    };
  };
  return { folder: folder.path, dist, unpack, remove: folder.remove };
}
