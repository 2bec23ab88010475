import { CliError } from './cli-error.ts';
import type { ConnectionSettings } from './connection-settings.ts';

type AuthType = 'none' | 'token' | 'password' | 'v3applicationcredential';

/** The names of keystoneauth's plugins, and what they are here. */
const AUTH_TYPES: ReadonlyMap<string, AuthType> = new Map([
  ['none', 'none'],
  ['token', 'token'],
  ['v3token', 'token'],
  ['admin_token', 'token'],
  ['password', 'password'],
  ['v3password', 'password'],
  ['v3applicationcredential', 'v3applicationcredential'],
]);

/**
 * How to prove who we are: as it was asked for, else as what is given tells.
 * @throws CliError settings
 */
export function authType(settings: ConnectionSettings): AuthType {
  const named = settings.text('auth-type');
  if (named !== undefined) {
    const known = AUTH_TYPES.get(named);
    if (known) return known;
    const types = [...new Set(AUTH_TYPES.values())].join(', ');
    throw new CliError('settings', `the authentication type ${named} is unknown: it must be one of ${types}`);
  }
  if (settings.text('application-credential-id') ?? settings.text('application-credential-name'))
    return 'v3applicationcredential';
  if (settings.text('token')) return 'token';
  return settings.text('auth-url') ? 'password' : 'none';
}

type Domained = 'user' | 'project';

function domainOf(settings: ConnectionSettings, whose: Domained): Readonly<Record<string, string>> {
  const id = settings.text(`${whose}-domain-id`);
  return id === undefined ? { name: settings.text(`${whose}-domain-name`) ?? 'Default' } : { id };
}

function userOf(settings: ConnectionSettings): Readonly<Record<string, unknown>> {
  const id = settings.text('user-id');
  if (id !== undefined) return { id };
  return { name: settings.needed('username', 'Keystone wants to know the user'), domain: domainOf(settings, 'user') };
}

function scopeOf(settings: ConnectionSettings): Readonly<Record<string, unknown>> {
  const id = settings.text('project-id');
  if (id !== undefined) return { project: { id } };
  const name = settings.needed('project-name', 'Keystone wants to know the project');
  return { project: { name, domain: domainOf(settings, 'project') } };
}

function applicationCredential(settings: ConnectionSettings): Readonly<Record<string, unknown>> {
  const secret = settings.needed('application-credential-secret', 'an application credential has a secret');
  const id = settings.text('application-credential-id');
  if (id !== undefined) return { id, secret };
  const name = settings.needed(
    'application-credential-name',
    'an application credential has an ID, or a name and a user',
  );
  return { name, secret, user: userOf(settings) };
}

/**
 * The body of POST /v3/auth/tokens (Keystone's API reference, "Authentication and token management"). An application
 * credential is bound to its project, and must not name one.
 * @throws CliError settings when something is missing.
 */
export function keystoneRequest(settings: ConnectionSettings, type: Exclude<AuthType, 'none'>): unknown {
  switch (type) {
    case 'token': {
      const id = settings.needed('token', 'there is no token');
      return { auth: { identity: { methods: ['token'], token: { id } }, scope: scopeOf(settings) } };
    }
    case 'password': {
      const user = { ...userOf(settings), password: settings.needed('password', 'Keystone wants a password') };
      return { auth: { identity: { methods: ['password'], password: { user } }, scope: scopeOf(settings) } };
    }
    case 'v3applicationcredential': {
      const credential = applicationCredential(settings);
      return { auth: { identity: { methods: ['application_credential'], application_credential: credential } } };
    }
    default:
      return type satisfies never;
  }
}
