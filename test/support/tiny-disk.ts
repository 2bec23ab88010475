import { eventually } from './eventually.ts';
import { addFolder } from './folder.ts';
import { startProcess } from './process.ts';
import { runCommand } from './run-command.ts';

/** A file system (tmpfs) of few KiB. */
export interface TinyDisk {
  /** Its root, as seen from outside of the mount namespace that it is in. */
  readonly path: string;
  /** Mounts it again with other options, `ro` for one. */
  remount(options: string): Promise<void>;
  remove(): Promise<void>;
}

/** Mounts a file system in a mount namespace of its own: the machine never sees it, and it goes with the namespace. */
export async function addTinyDisk(kibibytes: number): Promise<TinyDisk> {
  const folder = await addFolder('tiny');
  const mount = `mount -t tmpfs -o size=${kibibytes}k,mode=700 none "$0" && echo mounted && exec sleep infinity`;
  const holder = await startProcess('unshare', ['--mount', 'sh', '-c', mount, folder.path]);
  await eventually(() => holder.output().includes('mounted'), { what: 'the file system to be mounted' });
  return {
    path: `/proc/${holder.pid}/root${folder.path}`,
    remount: async (options) => {
      const target = ['--mount', '--root', `--target=${holder.pid}`];
      await runCommand('nsenter', [...target, 'mount', '-o', `remount,${options}`, folder.path]);
    },
    remove: async () => {
      await holder.stop('SIGKILL');
      await folder.remove();
    },
  };
}
