import { CliError } from './cli-error.ts';

/** Which of the endpoints in Keystone's catalog; `region` undefined: any. */
export interface Wanted {
  readonly interface: string;
  readonly region: string | undefined;
}

interface Endpoint {
  readonly interface?: unknown;
  readonly region?: unknown;
  readonly region_id?: unknown;
  readonly url?: unknown;
}

interface Service {
  readonly type?: unknown;
  readonly endpoints?: unknown;
}

function objects<T extends object>(value: unknown): readonly T[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function listed(words: readonly unknown[]): string {
  return [...new Set(words.map(String))].join(', ');
}

/** openstackclient takes both spellings of an interface: internal, internalURL. */
function interfaceOf(text: string): string {
  return text.replace(/URL$/, '');
}

function urlOf({ url: text }: Endpoint): URL {
  const url = URL.parse(String(text));
  if (url !== null) return url;
  throw new CliError(
    'settings',
    `the catalog's endpoint ${String(text)} is no URL; give it with --os-endpoint (OS_ENDPOINT)`,
  );
}

/**
 * The URL of the network API in the catalog of a Keystone v3 token.
 * @throws CliError settings, with what there is instead.
 */
export function networkEndpoint(catalog: unknown, wanted: Wanted): URL {
  const services = objects<Service>(catalog);
  const endpoints = services
    .filter(({ type }) => type === 'network')
    .flatMap((service) => objects<Endpoint>(service.endpoints));
  if (endpoints.length === 0) {
    const types = listed(services.map(({ type }) => type)) || 'nothing';
    throw new CliError('settings', `Keystone's catalog has no network service, but ${types}; is the project right?`);
  }
  const kind = interfaceOf(wanted.interface);
  const ofKind = endpoints.filter((endpoint) => endpoint.interface === kind);
  const found = ofKind.find(
    ({ region, region_id }) => wanted.region === undefined || region === wanted.region || region_id === wanted.region,
  );
  if (found) return urlOf(found);
  const where = wanted.region === undefined ? '' : ` in the region ${wanted.region}`;
  const known = listed(
    endpoints.map((each) => `${String(each.interface)} in ${String(each.region_id ?? each.region)}`),
  );
  throw new CliError('settings', `Keystone's catalog has no ${kind} network endpoint${where}; it has ${known}`);
}
