import { timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from '../contract/api-error.ts';
import type { Identity } from './authenticate.ts';
import { type ReadTokens, readTokens, stampOf } from './read-tokens.ts';
import { hashToken, type Token } from './token-lines.ts';

/** How long a change of the file may go unseen. */
const LOOK_EVERY_MS = 1_000;

/** Goes through all, whatever is found: how long it takes says nothing about any of them. */
function findToken(tokens: readonly Token[], sha256: Buffer): Token | null {
  return tokens.reduce<Token | null>((found, token) => (timingSafeEqual(token.sha256, sha256) ? token : found), null);
}

/**
 * The tokens that callers give as `X-Auth-Token`. The file is looked at upon requests, at most once a second, so that a token
 * that was taken out of it stops working without a restart. While the file is missing, exposed or malformed no token works:
 * which of them were meant to go, nobody can say.
 */
export class TokenFile {
  readonly #path: string;
  #known: Promise<Known>;
  #lookAt = performance.now() + LOOK_EVERY_MS;

  private constructor(path: string, known: Known) {
    this.#path = path;
    this.#known = Promise.resolve(known);
  }

  /** @throws TokensError malformed, exposed or io */
  static async open(path: string): Promise<TokenFile> {
    return new TokenFile(path, await readTokens(path));
  }

  /**
   * An Authenticate; null also where the header is missing.
   * @throws ApiError 503 while the file cannot be read, with a TokensError as its cause
   */
  readonly authenticate = async (headers: IncomingHttpHeaders): Promise<Identity | null> => {
    const token = headers['x-auth-token'];
    if (typeof token !== 'string' || token === '') return null;
    const tokens = await this.#current();
    const found = findToken(tokens, hashToken(token));
    return found && { projectId: found.project, role: found.role };
  };

  async #current(): Promise<readonly Token[]> {
    if (performance.now() >= this.#lookAt) {
      this.#lookAt = performance.now() + LOOK_EVERY_MS;
      this.#known = this.#look(this.#known);
    }
    try {
      return (await this.#known).tokens;
    } catch (cause) {
      throw new ApiError(503, 'ServiceUnavailable', 'Tokens cannot be checked at the moment.', { cause });
    }
  }

  async #look(before: Promise<Known>): Promise<Known> {
    const known = await before.catch(() => null);
    if (known === null) return readTokens(this.#path);
    const stamp = await stat(this.#path, { bigint: true }).then(stampOf, () => null);
    return stamp === known.stamp ? known : readTokens(this.#path);
  }
}

type Known = Pick<ReadTokens, 'tokens' | 'stamp'>;
