import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** A name or an address; port 0 is any free one, for those who listen. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const HOST = /^[A-Za-z0-9.-]+$/;

/** Of digits and dots alone is no name, but an address; resolvers take "0" and "127.1" for addresses, too. */
function isHost(text: string): boolean {
  return HOST.test(text) && (isIPv4(text) || !/^[\d.]+$/.test(text));
}

/** Reads "HOST:PORT", an IPv6 address in brackets; undefined when it is something else. */
export function parseHostAndPort(text: string): HostAndPort | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const [, address, name, digits] = match;
  const host = address ?? name ?? '';
  const port = Number(digits);
  const known = address === undefined ? isHost(host) : isIPv6(host);
  return known && port <= 65_535 ? { host, port } : undefined;
}

export function formatHostAndPort({ host, port }: HostAndPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Whether only this machine reaches it. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return loopback.check(host);
  return isIPv6(host) ? loopback.check(host, 'ipv6') : host.toLowerCase() === 'localhost';
}
