import { isJsonObject, type Json } from './json.ts';

/**
 * The error strings of RFC 7047 (sections 3.1, 4.1.3, 5.2) and those that ovsdb-server(7) adds, verbatim.
 */
export const databaseErrorCodes = [
  'aborted',
  'canceled',
  'constraint violation',
  'domain error',
  'duplicate uuid',
  'duplicate uuid-name',
  'I/O error',
  'internal error',
  'not leader',
  'not owner',
  'not supported',
  'ovsdb error',
  'permission error',
  'range error',
  'referential integrity violation',
  'resources exhausted',
  'syntax error',
  'timed out',
  'unknown column',
  'unknown database',
  'unknown method',
  'unknown table',
] as const;

/** What a database server says went wrong; `unknown` for a string that this library does not know. */
export type DatabaseErrorCode = (typeof databaseErrorCodes)[number] | 'unknown';

export interface DatabaseErrorText {
  readonly code: DatabaseErrorCode;
  /** The server's own words: its error string and, where given, the details. */
  readonly message: string;
}

/** Reads an `<error>` (RFC 7047 section 3.1), or the bare string that ovsdb-server puts in its place. */
export function decodeDatabaseError(json: Json): DatabaseErrorText {
  const name = isJsonObject(json) ? json['error'] : json;
  const details = isJsonObject(json) ? json['details'] : undefined;
  const code = databaseErrorCodes.find((known) => known === name) ?? 'unknown';
  const words = typeof name === 'string' ? name : JSON.stringify(json);
  return { code, message: typeof details === 'string' ? `${words}: ${details}` : words };
}
