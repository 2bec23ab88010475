import { networkEndpoint } from './catalog.ts';
import { CliError } from './cli-error.ts';
import { settingOf } from './connection-flags.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { HttpClient } from './http-client.ts';
import { askKeystone } from './keystone.ts';
import { authType, keystoneRequest } from './keystone-request.ts';

/** Where taas-server listens unless told otherwise, on the same machine. */
const DEFAULT_ENDPOINT = 'http://127.0.0.1:9696';

/** Where the API is, and what shows it who we are. */
export interface Session {
  readonly endpoint: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Of Keystone, where projects have names; undefined where there is none. */
  readonly authUrl: URL | undefined;
}

/** RFC 9110, section 5.5; the text itself may be a secret. */
function headerText(text: string, name: 'token' | 'project-id'): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new CliError('settings', `${settingOf(name)} has spaces or other characters that it cannot have`);
}

/** Without tokens, Neutron takes the project at its word (neutron/auth.py, noauth). */
function withoutToken(endpoint: URL, project: string | undefined): Session {
  const headers = project === undefined ? {} : { 'x-project-id': headerText(project, 'project-id') };
  return { endpoint, headers, authUrl: undefined };
}

function withToken(endpoint: URL, token: string, authUrl?: URL): Session {
  return { endpoint, headers: { 'x-auth-token': headerText(token, 'token') }, authUrl };
}

/**
 * Takes what is given, or asks Keystone: for a token, and for the network endpoint of its catalog unless one is given.
 * @throws CliError settings, refused, unreachable, strange-answer
 */
export async function openSession(settings: ConnectionSettings, http: HttpClient): Promise<Session> {
  const type = authType(settings);
  const given = settings.url('endpoint');
  const here = given ?? new URL(DEFAULT_ENDPOINT);
  if (type === 'none') return withoutToken(here, settings.text('project-id'));
  const authUrl = settings.url('auth-url');
  if (type === 'token' && (given || authUrl === undefined))
    return withToken(here, settings.needed('token', 'there is no token'));
  const keystone = authUrl ?? new URL(settings.needed('auth-url', 'Keystone has an address'));
  const { token, catalog } = await askKeystone(http, keystone, keystoneRequest(settings, type));
  const wanted = { interface: settings.text('interface') ?? 'public', region: settings.text('region-name') };
  return withToken(given ?? networkEndpoint(catalog, wanted), token, keystone);
}
