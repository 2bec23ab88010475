import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { JournalError } from './journal-error.ts';

/** Only root needs to know who taps whom. */
const FOLDER_MODE = 0o700;

/** unix(7): a name in the abstract namespace has no file, and goes with the process that has it, however that ends. */
function abstractName(folder: string): string {
  return `\0taas-agent/${createHash('sha256').update(folder).digest('hex')}`;
}

/**
 * Makes the state folder if it is missing, and keeps other agents out of it until the answered function is called or the
 * process ends: two that save their taps to one file would each forget those of the other.
 * @throws JournalError in-use, or io when the folder cannot be had
 */
export async function holdFolder(folder: string): Promise<() => void> {
  const server = createServer();
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    const name = abstractName(await realpath(folder));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(name, resolve);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new JournalError(
        'in-use',
        `${folder} is in use by a running taas-agent; stop it, or set another state_dir`,
      );
    }
    throw new JournalError('io', `the state folder ${folder} cannot be had: ${String(error)}`, { cause: error });
  }
  server.unref();
  return () => server.close();
}
