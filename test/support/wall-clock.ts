import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addFolder } from './folder.ts';
import { runCommand } from './run-command.ts';

/**
 * A wall clock for processes of its own, which a test can set, as somebody does with date(1) or ntpd does after a reboot
 * (libfaketime; there are no time namespaces for CLOCK_REALTIME). Their steady clocks go on as they do.
 */
export interface WallClock {
  /** What a process must have in its environment to go by it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sets it to so many seconds after the machine's, or before it. */
  set(secondsAhead: number): Promise<void>;
  remove(): Promise<void>;
}

async function library(): Promise<string> {
  const files = (await runCommand('dpkg-query', ['-L', 'libfaketime'])).split('\n');
  const found = files.find((file) => file.endsWith('/libfaketimeMT.so.1'));
  if (found === undefined) throw new Error(`the package libfaketime has no libfaketimeMT.so.1: ${files}`);
  return found;
}

export async function addWallClock(): Promise<WallClock> {
  const folder = await addFolder('clock');
  const [file, next] = [join(folder.path, 'offset'), join(folder.path, 'next')];
  const set = async (secondsAhead: number) => {
    // Renamed, since it is read at any moment.
    await writeFile(next, `${secondsAhead < 0 ? '' : '+'}${secondsAhead}\n`);
    await rename(next, file);
  };
  await set(0);
  const environment = {
    LD_PRELOAD: await library(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { environment, set, remove: folder.remove };
}
