import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../contract/api-error.ts';
import { errorBody, httpError, internalError } from './http-errors.ts';
import type { Limits } from './limits.ts';
import type { Trace } from './trace.ts';

/** fastify's own errors have a status; what has none was not foreseen. */
function apiErrorFor(error: FastifyError | ApiError, limits: Limits): ApiError {
  if (error instanceof ApiError) return error;
  const status = error.statusCode ?? 500;
  if (status === 413) return httpError(413, `The body of a request must not exceed ${limits.bodyBytes} bytes.`);
  if (error.code === 'FST_ERR_BAD_URL') return httpError(400, 'The path is not percent-encoded UTF-8.');
  return status >= 400 && status < 500 ? httpError(status, `${error.message}.`, { cause: error }) : internalError();
}

/** Answers an error in Neutron's shape. Of our own failures the observer hears, the client does not. */
export function answerError(limits: Limits, trace: Trace) {
  return (error: FastifyError | ApiError, request: FastifyRequest, reply: FastifyReply) => {
    const answer = apiErrorFor(error, limits);
    if (answer.status >= 500) trace({ kind: 'request_failed', requestId: request.id, error });
    // RFC 9110, section 11.6.1: a 401 names a scheme.
    if (answer.status === 401) reply.header('www-authenticate', 'X-Auth-Token');
    reply.code(answer.status).type('application/json; charset=utf-8').send(errorBody(answer));
  };
}
