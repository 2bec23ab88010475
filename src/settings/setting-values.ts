import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parseHostAndPort } from './host-and-port.ts';

/** The longest path of a unix socket, in bytes (unix(7): sun_path has 108, the last one is a zero). */
const MAX_SOCKET_PATH = 107;

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    // A stray percent sign is simply a wrong URL: the caller says so.
    return false;
  }
}

/**
 * An amqp:// or amqps:// URL as of https://www.rabbitmq.com/docs/uri-spec. An '@' behind the host is refused: it means that a
 * password holds an unescaped '/', so that a part of it would be taken for the virtual host and be shown.
 */
export function isAmqpUrl(text: string): boolean {
  if (!/^amqps?:\/\/[^\s]+$/.test(text) || !URL.canParse(text)) return false;
  const url = new URL(text);
  const rest = url.pathname + url.search + url.hash;
  return url.hostname !== '' && !rest.includes('@') && [url.username, url.password, url.pathname].every(decodes);
}

/** An active connection method of ovsdb(7): unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, an IPv6 address in brackets. */
export function isOvsdbRemote(text: string): boolean {
  if (text.startsWith('unix:')) return isSocketPath(text.slice('unix:'.length));
  const remote = /^(?:tcp|ssl):(.*)$/.exec(text)?.[1] ?? '';
  return (parseHostAndPort(remote)?.port ?? 0) > 0;
}

/** An absolute path that leaves `room` bytes of a unix socket's path unused. */
export function isSocketPath(text: string, room = 0): boolean {
  return isPath(text) && Buffer.byteLength(text) <= MAX_SOCKET_PATH - room;
}

export function isPath(text: string): boolean {
  return isAbsolute(text) && !text.includes('\0');
}

/** An absolute path that can be a file's: not one that ends in a slash, as only a folder's may. */
export function isFilePath(text: string): boolean {
  return isPath(text) && !text.endsWith('/');
}

function faultOf(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return 'is not a file';
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
  }
}

/** Why a file cannot be read now, in words, or undefined when it can. */
export function unreadable(path: string): string | undefined {
  return isPath(path) ? faultOf(path) : 'is not an absolute path';
}
