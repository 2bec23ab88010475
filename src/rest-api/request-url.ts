import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Where the request came in; the name that the client has for it is in its header Host, which HTTP/1.0 does not ask for. */
function localHost({ socket: { localAddress = '', localPort } }: FastifyRequest): string {
  return `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/** The address that the client used, as far as it and a proxy before us tell: scheme and host. */
export function originOf(request: FastifyRequest): string {
  const forwarded = request.headers['x-forwarded-proto'];
  const scheme = forwarded === 'http' || forwarded === 'https' ? forwarded : request.protocol;
  return `${scheme}://${request.headers.host ?? localHost(request)}`;
}

/** The request's own URL as the client wrote it, without its query. */
export function pathUrlOf(request: FastifyRequest): string {
  return `${originOf(request)}${request.originalUrl.split('?', 1)[0]}`;
}

/** The query, repeated parameters and their order included. */
export function parametersOf(request: FastifyRequest): URLSearchParams {
  const mark = request.originalUrl.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : request.originalUrl.slice(mark + 1));
}

/** The id in the path: ids are in lower case. */
export function idOf(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id.toLowerCase();
}

/** The body's bytes; undefined when there are none. */
export function bytesOf(request: FastifyRequest): Uint8Array | undefined {
  return request.body instanceof Uint8Array && request.body.length > 0 ? request.body : undefined;
}
