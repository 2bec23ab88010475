import { createHash } from 'node:crypto';
import type { Caller } from '../contract/caller.ts';
import { TokensError } from './tokens-error.ts';

/** Who has a token. */
export interface Holder {
  /** For people: to remove the token by. */
  readonly name: string;
  readonly project: string;
  readonly role: Caller['role'];
}

export interface Token extends Holder {
  /** 32 bytes. */
  readonly sha256: Buffer;
}

const ROLES: readonly string[] = ['admin', 'member', 'reader'] satisfies readonly Caller['role'][];
const WORD = /^[!-~]{1,255}$/;

/**
 * Plain SHA-256, with no salt and no slow hash, is right for these: a token is 256 random bits, so there is nothing to guess or
 * to look up in a table, and a slow hash would cost time on every request, which whoever floods the server would spend for us.
 */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** What is wrong with a holder, or undefined. */
export function faultOf({ name, project, role }: Readonly<Record<keyof Holder, string>>): string | undefined {
  if (!WORD.test(name) || name.startsWith('#'))
    return `the name "${name}" must be 1 to 255 visible ASCII characters, no # in front`;
  if (!WORD.test(project)) return `the project "${project}" must be 1 to 255 visible ASCII characters`;
  return ROLES.includes(role) ? undefined : `the role "${role}" must be one of ${ROLES.join(', ')}`;
}

function parseLine(line: string, where: string): Token {
  const [name = '', project = '', role = '', hash = '', ...more] = line.trim().split(/\s+/);
  const digits = /^sha256:([0-9a-f]{64})$/.exec(hash)?.[1];
  // Not repeated in the message: it may be a token that was put there by mistake.
  if (digits === undefined || more.length > 0) {
    throw new TokensError(
      'malformed',
      `${where} must be NAME PROJECT ROLE sha256:HASH, with 64 lower-case hexadecimal digits`,
    );
  }
  const fault = faultOf({ name, project, role });
  if (fault) throw new TokensError('malformed', `${where}: ${fault}`);
  return { name, project, role: role as Holder['role'], sha256: Buffer.from(digits, 'hex') };
}

/** Whether a line is empty or a comment. */
const isBlank = (line: string): boolean => /^\s*(#|$)/.test(line);

/**
 * Reads a file of tokens: one a line, `NAME PROJECT ROLE sha256:HASH`; empty lines and lines that begin with # are passed over.
 * @param path for messages
 * @throws TokensError malformed
 */
export function parseTokens(text: string, path: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (isBlank(line)) continue;
    const token = parseLine(line, `${path}, line ${index + 1}`);
    if (tokens.some(({ name }) => name === token.name)) {
      throw new TokensError(
        'malformed',
        `${path}, line ${index + 1}: there is a token named "${token.name}" above already`,
      );
    }
    tokens.push(token);
  }
  return tokens;
}

export function formatToken({ name, project, role, sha256 }: Token): string {
  return `${name} ${project} ${role} sha256:${sha256.toString('hex')}\n`;
}

/** The file's text without the token of that name; comments and the order of lines stay. */
export function withoutToken(text: string, name: string): string {
  const lines = text.split('\n').filter((line) => isBlank(line) || line.trim().split(/\s+/)[0] !== name);
  return lines.join('\n');
}
