import type { BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import { parseTokens, type Token } from './token-lines.ts';
import { TokensError } from './tokens-error.ts';

/** What others than the owner must not: inode(7). The owner's group may read, so that root can keep a service's file. */
const FORBIDDEN = 0o027n;

export interface ReadTokens {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Differs when the file was changed or replaced. */
  readonly stamp: string;
}

export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join('/');
}

function refuseExposed({ mode }: BigIntStats, path: string): void {
  if ((mode & FORBIDDEN) === 0n) return;
  const shown = (mode & 0o777n).toString(8).padStart(3, '0');
  throw new TokensError(
    'exposed',
    `${path} has mode ${shown}, so others can read or change it; chmod 600 keeps them out`,
  );
}

/**
 * Reads a file of tokens and checks it.
 * @throws TokensError malformed, exposed or io
 */
export async function readTokens(path: string): Promise<ReadTokens> {
  try {
    await using file = await open(path, 'r');
    const stats = await file.stat({ bigint: true });
    refuseExposed(stats, path);
    const text = await file.readFile('utf8');
    const owner = { uid: Number(stats.uid), gid: Number(stats.gid) };
    return { text, tokens: parseTokens(text, path), mode: Number(stats.mode & 0o777n), owner, stamp: stampOf(stats) };
  } catch (cause) {
    if (cause instanceof TokensError) throw cause;
    throw new TokensError('io', `the tokens cannot be read from ${path}: ${String(cause)}`, { cause });
  }
}
