import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import { settingOf } from './connection-flags.ts';
import { decodeAnswer, type Row } from './decode-answer.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from './http-client.ts';

export const KEYSTONE = { name: 'Keystone', setting: settingOf('auth-url') };

/** What Keystone gave for the proof. */
export interface KeystoneToken {
  readonly token: string;
  /** Of the token's project; decoded where something is looked for in it. */
  readonly catalog: unknown;
}

/** With /v3 at its end or without, or with the /v2.0 of old: of all three, the third version is meant. */
export function versionThree(url: URL): URL {
  const result = new URL(url);
  result.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/v(2\.0|3)$/, '')}/v3`;
  return result;
}

function below(url: URL, path: string): URL {
  const result = new URL(url);
  result.pathname = `${url.pathname}/${path}`;
  return result;
}

/** Keystone's own words do not say who was refused, nor by whom. */
function decoded(request: HttpRequest, answer: HttpAnswer): Row {
  try {
    return decodeAnswer(request, answer) ?? {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { origin } = request.url;
    const sentence = error.status === 401 ? 'does not accept these credentials' : 'gives no token';
    throw new CliError('refused', `Keystone at ${origin} ${sentence}: ${error.message}`, { cause: error });
  }
}

/**
 * Asks Keystone for a token.
 * @param url OS_AUTH_URL
 * @param body as `keystoneRequest` makes it
 * @throws CliError refused, unreachable, strange-answer
 */
export async function askKeystone(http: HttpClient, url: URL, body: unknown): Promise<KeystoneToken> {
  const request: HttpRequest = { method: 'POST', url: below(versionThree(url), 'auth/tokens'), peer: KEYSTONE, body };
  const answer = await http.send(request);
  const { token: described } = decoded(request, answer);
  const token = answer.headers['x-subject-token'];
  if (typeof token !== 'string' || typeof described !== 'object' || described === null)
    throw new CliError('strange-answer', `what answers at ${url.origin} is no Keystone; is ${KEYSTONE.setting} right?`);
  return { token, catalog: 'catalog' in described ? described.catalog : [] };
}
