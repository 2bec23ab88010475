import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authenticate } from './authenticate.ts';
import { httpError, unauthorized } from './http-errors.ts';
import type { Limits } from './limits.ts';
import type { Trace } from './trace.ts';

const MINUTE_MS = 60_000;

/** Counts a caller's requests before anybody looks at his token: guessing is limited too. */
export function limitRate(app: FastifyInstance, { requestsPerMinute }: Limits): void {
  if (requestsPerMinute === null) return;
  const limit = app.rateLimit({
    max: requestsPerMinute,
    timeWindow: MINUTE_MS,
    allowList: (request) => request.routeOptions.config.unlimited === true,
    errorResponseBuilder: (_request, { ttl }) => {
      const wait = `try again in ${Math.ceil(ttl / 1000)} seconds`;
      return httpError(429, `More than ${requestsPerMinute} requests in a minute came from this address; ${wait}.`);
    },
  });
  app.addHook('onRequest', limit);
}

/** Finds out who calls, and lets nobody else in. */
export function identify(app: FastifyInstance, authenticate: Authenticate, trace: Trace): void {
  const refuse = (request: FastifyRequest): never => {
    const reason = request.headers['x-auth-token'] ? 'unknown' : 'missing';
    trace({ kind: 'token_refused', requestId: request.id, address: request.ip, reason });
    throw unauthorized();
  };
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.open === true) return;
    const identity = (await authenticate(request.headers)) ?? refuse(request);
    request.caller = { ...identity, requestId: request.id };
  });
}
