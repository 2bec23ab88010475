/** A setting of the connection; `value` and `description` are for --help. */
interface ConnectionFlag {
  readonly name: string;
  readonly value: string;
  readonly description: string;
}

/**
 * The settings of openstackclient that say where the API is, and as whom to use it. From its name each has a flag
 * (--os-auth-url), a variable (OS_AUTH_URL), and a key in clouds.yaml (auth_url, below `auth` or beside it).
 */
export const connectionFlags = [
  {
    name: 'endpoint',
    value: 'URL',
    description: 'of the network API; else of the catalog, else http://127.0.0.1:9696',
  },
  {
    name: 'auth-type',
    value: 'TYPE',
    description: 'none, token, password or v3applicationcredential; else what fits the rest',
  },
  { name: 'token', value: 'TOKEN', description: 'sent as X-Auth-Token' },
  { name: 'project-id', value: 'ID', description: 'the project to act in' },
  { name: 'cloud', value: 'NAME', description: 'what is not given is taken from this cloud of clouds.yaml' },
  { name: 'auth-url', value: 'URL', description: 'of Keystone' },
  { name: 'username', value: 'NAME', description: 'of the user' },
  { name: 'user-id', value: 'ID', description: 'of the user' },
  { name: 'password', value: 'PASSWORD', description: 'better in OS_PASSWORD: others can see flags' },
  { name: 'user-domain-name', value: 'NAME', description: "the user's domain; else Default" },
  { name: 'user-domain-id', value: 'ID', description: "the user's domain" },
  { name: 'project-name', value: 'NAME', description: 'the project to act in' },
  { name: 'project-domain-name', value: 'NAME', description: "the project's domain; else Default" },
  { name: 'project-domain-id', value: 'ID', description: "the project's domain" },
  { name: 'application-credential-id', value: 'ID', description: 'instead of user and password' },
  { name: 'application-credential-name', value: 'NAME', description: 'likewise, with the user whose it is' },
  { name: 'application-credential-secret', value: 'SECRET', description: 'better in its variable, as a password' },
  { name: 'region-name', value: 'NAME', description: "of the catalog's endpoint; else its first" },
  { name: 'interface', value: 'KIND', description: "of the catalog's endpoint: public (else), internal or admin" },
  { name: 'cacert', value: 'FILE', description: 'PEM: the certificate authorities to trust' },
  { name: 'cert', value: 'FILE', description: 'PEM: a client certificate' },
  { name: 'key', value: 'FILE', description: "PEM: the client certificate's key" },
] as const satisfies readonly ConnectionFlag[];

export type ConnectionName = (typeof connectionFlags)[number]['name'];

/** "--os-auth-url" */
export function flagOf(name: ConnectionName): string {
  return `--os-${name}`;
}

/** "OS_AUTH_URL" */
export function variableOf(name: ConnectionName): string {
  return `OS_${keyOf(name).toUpperCase()}`;
}

/** "auth_url", as in clouds.yaml */
export function keyOf(name: ConnectionName): string {
  return name.replaceAll('-', '_');
}

/** "--os-auth-url (OS_AUTH_URL)" */
export function settingOf(name: ConnectionName): string {
  return `${flagOf(name)} (${variableOf(name)})`;
}
