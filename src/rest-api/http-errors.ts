import { ApiError } from '../contract/api-error.ts';

/** Names of WebOb's classes, which Neutron shows as `type` of what is no error of its own. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'HTTPBadRequest',
  404: 'HTTPNotFound',
  405: 'HTTPMethodNotAllowed',
  408: 'HTTPRequestTimeout',
  413: 'HTTPRequestEntityTooLarge',
  415: 'HTTPUnsupportedMediaType',
  429: 'HTTPTooManyRequests',
  431: 'HTTPRequestHeaderFieldsTooLarge',
  500: 'HTTPInternalServerError',
  503: 'HTTPServiceUnavailable',
};

/** An error of HTTP rather than of a resource. */
export function httpError(status: number, message: string, options?: ErrorOptions): ApiError {
  return new ApiError(status, TYPES[status] ?? 'HTTPClientError', message, options);
}

export const notFound = (): ApiError => httpError(404, 'The resource could not be found.');

export const methodNotAllowed = (method: string): ApiError =>
  httpError(405, `The method ${method} is not allowed for this resource.`);

export const unauthorized = (): ApiError =>
  new ApiError(401, 'Unauthorized', 'The request you have made requires authentication.');

/** Neutron's words: what went wrong is in the log, not in the answer. */
export const internalError = (): ApiError =>
  httpError(500, 'Request Failed: internal server error while processing your request.');

/** The body of every answer that is an error: neutron/api/api_common.py, convert_exception_to_http_exc. */
export const errorBody = ({ type, message }: ApiError) => ({ NeutronError: { type, message, detail: '' } });
