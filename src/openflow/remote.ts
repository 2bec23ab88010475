import { OpenflowError } from './openflow-error.ts';

/** Where a bridge listens, in the active connection methods of ovs-ofctl(8). */
export type Remote =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp' | 'ssl'; readonly host: string; readonly port: number };

/** OpenFlow's port at IANA, which ovs-ofctl(8) takes where none is given. */
const DEFAULT_PORT = 6653;
const HOST_PORT = /^(?:\[([^[\]]+)\]|([^[\]:]+))(?::(\d{1,5}))?$/;

/**
 * Reads `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]`; an IPv6 address stands in brackets.
 * @throws OpenflowError `syntax`
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
  throw new OpenflowError('syntax', `not a bridge (unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT): ${text}`);
}
