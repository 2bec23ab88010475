import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import type { HttpAnswer, HttpRequest } from './http-client.ts';

/** A JSON object. */
export type Row = Readonly<Record<string, unknown>>;

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRow(value) ? value : undefined;
  } catch {
    // Whatever else it is, a page of HTML for one: the caller says what came instead.
    return undefined;
  }
}

function errorOf(status: number, error: unknown, key: string): ApiError | undefined {
  if (typeof error === 'string') return new ApiError(status, key, error);
  if (!isRow(error) || typeof error['message'] !== 'string') return undefined;
  return new ApiError(status, String(error['type'] ?? error['title'] ?? key), error['message']);
}

/**
 * The forms of a refusal: Neutron's, that of a driver that cannot, Keystone's (also of its middleware in front of Neutron),
 * and Neutron's bare one for what a policy hides (neutron, pecan_wsgi/hooks/policy_enforcement.py).
 */
function refusalIn(status: number, body: Row): ApiError | undefined {
  const key = ['NeutronError', 'NotImplementedError', 'error'].find((each) => each in body);
  return key === undefined ? errorOf(status, body, 'unknown') : errorOf(status, body[key], key);
}

function strange({ url, peer }: HttpRequest, answer: HttpAnswer, what: string): CliError {
  const where = `${url.origin}${url.pathname}`;
  return new CliError('strange-answer', `${where} answered ${answer.status} with ${what}; is ${peer.setting} right?`);
}

function kindOf({ headers, text }: HttpAnswer): string {
  if (text === '') return 'nothing in it';
  return /html/i.test(headers['content-type'] ?? '') ? 'a web page' : 'something else than this API';
}

/** Redirections are not followed: a token is for the endpoint that was named. */
function redirected(request: HttpRequest, { status, headers }: HttpAnswer): CliError | undefined {
  if (status < 301 || status > 308 || headers.location === undefined) return undefined;
  const { origin } = request.url;
  const to = URL.parse(headers.location, request.url.href)?.origin ?? 'elsewhere';
  return new CliError(
    'strange-answer',
    `${origin} redirects to ${to}; give the right URL with ${request.peer.setting}`,
  );
}

/** An unexpected error is found in the server's log by the number of the request. */
function withRequestId(error: ApiError, { status, headers }: HttpAnswer): ApiError {
  const id = headers['x-openstack-request-id'];
  if (status < 500 || id === undefined) return error;
  return new ApiError(status, error.type, `${error.message} (request ${String(id)})`, { cause: error });
}

/**
 * The object that an answer holds; undefined when it is 204, without one.
 * @throws ApiError when the other side says no
 * @throws CliError strange-answer when it is no answer of this API
 */
export function decodeAnswer(request: HttpRequest, answer: HttpAnswer): Row | undefined {
  const { status } = answer;
  if (status === 204) return undefined;
  const body = parsed(answer.text);
  if (status >= 200 && status < 300) {
    if (body) return body;
    throw strange(request, answer, kindOf(answer));
  }
  const refusal = body && refusalIn(status, body);
  if (refusal) throw withRequestId(refusal, answer);
  throw redirected(request, answer) ?? strange(request, answer, kindOf(answer));
}
