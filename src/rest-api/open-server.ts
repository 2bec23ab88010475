import { createServer as createHttpServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Limits } from './limits.ts';

/** PEM texts. With `clientCa`, callers need a certificate that it signed. */
export interface TlsTexts {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
}

/** How often Node looks for requests that take too long: a fraction of what they may take, so that the limit means something. */
const CHECKS_PER_LIMIT = 4;

const tlsOptions = ({ certificate, key, clientCa }: TlsTexts) => ({
  cert: certificate,
  key,
  minVersion: 'TLSv1.2' as const,
  ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
});

/**
 * A server with all limits of connections in it.
 * @throws what Node says of a certificate or key that it cannot use
 */
export function openServer(answer: RequestListener, limits: Limits, tls: TlsTexts | undefined): Server {
  const options: ServerOptions = {
    // Node would answer for us, in no shape at all.
    requireHostHeader: false,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.requestMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.ceil(limits.requestMs / CHECKS_PER_LIMIT),
  };
  const server = tls
    ? createHttpsServer({ ...options, ...tlsOptions(tls) }, answer)
    : createHttpServer(options, answer);
  server.setTimeout(limits.idleMs);
  return server;
}
