import { constants, type FileHandle, open } from 'node:fs/promises';

/** Only root needs to know who taps whom. */
const FILE_MODE = 0o600;

/** A file that this process has written, or read, and how long it must be. */
export interface KnownFile {
  readonly inode: number;
  readonly length: number;
}

async function using<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Writes a file, in place of what it held; resolves when it is on disk. Its name may not be, see syncFolder. */
export async function writeDurably(path: string, bytes: Buffer): Promise<KnownFile> {
  return using(await open(path, 'w', FILE_MODE), async (file) => {
    await file.writeFile(bytes);
    await file.sync();
    return { inode: (await file.stat()).ino, length: bytes.length };
  });
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_APPEND);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes at the end of a file; resolves when that is on disk. Whatever is there behind the known length, of a write
 * that failed or was cut short, is cut off first, and that, too, is on disk before anything else is written. After a
 * failure that is made sure of in any case: the cutting off itself may have failed.
 * Answers false, and writes nothing, when the file is gone, shorter than known, or another one.
 */
export async function appendDurably(
  path: string,
  known: KnownFile,
  bytes: Buffer,
  afterFailure: boolean,
): Promise<boolean> {
  const opened = await openIfThere(path);
  if (!opened) return false;
  return using(opened, async (file) => {
    const { ino, size } = await file.stat();
    if (ino !== known.inode || size < known.length) return false;
    if (size > known.length || afterFailure) {
      await file.truncate(known.length);
      await file.sync();
    }
    await file.writeFile(bytes);
    await file.sync();
    return true;
  });
}

/** Resolves when the names in it are on disk as they are now. */
export async function syncFolder(path: string): Promise<void> {
  await using(await open(path), (folder) => folder.sync());
}
