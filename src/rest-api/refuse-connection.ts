import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorBody, httpError } from './http-errors.ts';
import type { Trace } from './trace.ts';

export const newRequestId = (): string => `req-${randomUUID()}`;

/** Codes of Node's HTTP parser and server: https://nodejs.org/api/http.html#event-clienterror */
function errorFor(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') return httpError(431, 'The header of the request is too long.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return httpError(408, 'The request did not come in time.');
  return httpError(400, 'What was received is not an HTTP request.');
}

/** Answers what never became a request, in the shape of all other errors, and closes the connection. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket, trace: Trace): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = newRequestId();
  const answer = errorFor(error.code);
  const body = JSON.stringify(errorBody(answer));
  const head = [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Openstack-Request-Id: ${requestId}`,
    'Connection: close',
  ].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`);
  trace({ kind: 'connection_refused', requestId, reason: error.message });
}
