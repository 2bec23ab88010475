import { randomBytes } from 'node:crypto';
import { chmod, chown, open, rename, rm } from 'node:fs/promises';
import { readTokens } from './read-tokens.ts';
import { faultOf, formatToken, type Holder, hashToken, withoutToken } from './token-lines.ts';
import { TokensError } from './tokens-error.ts';

const FILE_MODE = 0o600;

/** By its beginning a token that got into a log or a repository is found. */
const PREFIX = 'taas_';

function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

async function readOrNone(path: string) {
  return readTokens(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

async function written(path: string, flags: string, text: string): Promise<void> {
  await using file = await open(path, flags, FILE_MODE);
  await file.writeFile(text);
  await file.sync();
}

async function changing(path: string, change: () => Promise<void>): Promise<void> {
  await change().catch((cause: unknown) => {
    throw new TokensError('io', `the tokens cannot be changed in ${path}: ${String(cause)}`, { cause });
  });
}

/**
 * Makes a token and adds its hash to the file, which is created for its owner alone where there is none.
 * @returns the token: nobody can find it again later
 * @throws TokensError bad_value, taken, or what reading the file throws
 */
export async function addToken(path: string, holder: Holder): Promise<string> {
  const fault = faultOf(holder);
  if (fault) throw new TokensError('bad_value', fault);
  const former = await readOrNone(path);
  if (former?.tokens.some(({ name }) => name === holder.name)) {
    throw new TokensError(
      'taken',
      `${path} has a token named "${holder.name}" already; remove it first, or take another name`,
    );
  }
  const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
  const line = formatToken({ ...holder, sha256: hashToken(token) });
  const gap = former === undefined || former.text === '' || former.text.endsWith('\n') ? '' : '\n';
  await changing(path, () => written(path, 'a', `${gap}${line}`));
  return token;
}

/**
 * Takes the token of that name out of the file, which is replaced as a whole and keeps its mode and owner.
 * @throws TokensError unknown, or what reading the file throws
 */
export async function removeToken(path: string, name: string): Promise<void> {
  const { text, tokens, mode, owner } = await readTokens(path);
  if (!tokens.some((token) => token.name === name)) {
    throw new TokensError('unknown', `${path} has no token named "${name}"`);
  }
  const next = `${path}.next`;
  await changing(path, async () => {
    await rm(next, { force: true });
    await written(next, 'wx', withoutToken(text, name));
    await chown(next, owner.uid, owner.gid);
    await chmod(next, mode);
    await rename(next, path);
  });
}
