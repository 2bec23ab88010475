import { OvsdbError } from './ovsdb-error.ts';

/** Where a database server listens, in the active connection methods of ovsdb(7). */
export type Remote =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp' | 'ssl'; readonly host: string; readonly port: number };

/** OVSDB's port at IANA, which ovsdb(7) takes where none is given. */
const DEFAULT_PORT = 6640;
const HOST_PORT = /^(?:\[([^[\]]+)\]|([^[\]:]+))(?::(\d{1,5}))?$/;

/**
 * Reads `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]`; an IPv6 address stands in brackets.
 * @throws OvsdbError `remote`
 */
export function parseRemote(text: string): Remote {
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (kind === 'unix' && rest !== '') return { kind, path: rest };
  if (kind === 'tcp' || kind === 'ssl') {
    const match = HOST_PORT.exec(rest);
    const port = Number(match?.[3] ?? DEFAULT_PORT);
    const host = match?.[1] ?? match?.[2];
    if (host !== undefined && port >= 1 && port <= 65_535) return { kind, host, port };
  }
  throw new OvsdbError('remote', `not a remote (unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT): ${text}`);
}
