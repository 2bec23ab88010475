import { readFileSync } from 'node:fs';
import { CliError } from './cli-error.ts';
import { type ConnectionName, flagOf, keyOf, settingOf, variableOf } from './connection-flags.ts';
import type { TlsOptions } from './http-client.ts';
import type { Surroundings } from './surroundings.ts';

/** What commander made of the flags: osAuthUrl for --os-auth-url. */
export type FlagValues = Readonly<Record<string, unknown>>;

interface Given {
  readonly text: string;
  /** "--os-cacert", "OS_CACERT" or "auth_url of the cloud x" */
  readonly from: string;
}

type Mapping = Readonly<Record<string, unknown>>;
/** The content of one cloud of clouds.yaml. */
type CloudContent = Mapping & { readonly auth?: unknown };

function attributeOf(name: ConnectionName): string {
  return flagOf(name)
    .slice(2)
    .replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Numbers are what YAML makes of a password such as 12345. */
function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Where the API is and as whom to use it: a flag wins over its variable, that over the cloud of clouds.yaml. */
export class ConnectionSettings {
  readonly #flags: FlagValues;
  readonly #environment: Surroundings['environment'];
  readonly #cloud: CloudContent;

  private constructor(flags: FlagValues, environment: Surroundings['environment'], cloud: CloudContent) {
    this.#flags = flags;
    this.#environment = environment;
    this.#cloud = cloud;
  }

  /** @throws CliError settings when a cloud is named and cannot be found. */
  static async gather(flags: FlagValues, surroundings: Surroundings): Promise<ConnectionSettings> {
    const settings = new ConnectionSettings(flags, surroundings.environment, {});
    const cloud = settings.text('cloud');
    if (cloud === undefined) return settings;
    // The YAML parser takes longer to load than all the rest.
    const { findCloud } = await import('./clouds-file.ts');
    return new ConnectionSettings(flags, surroundings.environment, findCloud(cloud, surroundings).content);
  }

  text(name: ConnectionName): string | undefined {
    return this.#given(name)?.text;
  }

  /** @throws CliError settings when it is not given. */
  needed(name: ConnectionName, why: string): string {
    const text = this.text(name);
    if (text === undefined) throw new CliError('settings', `${why}: give ${settingOf(name)}`);
    return text;
  }

  /**
   * @returns the URL without a slash at its end; undefined when it is not given.
   * @throws CliError settings when it is none of HTTP, or has a user and password in it, which would be shown.
   */
  url(name: ConnectionName): URL | undefined {
    const given = this.#given(name);
    if (given === undefined) return undefined;
    const url = URL.parse(given.text);
    if (url === null || !/^https?:$/.test(url.protocol))
      throw new CliError('settings', `${given.from} must be a URL such as http://127.0.0.1:9696`);
    if (url.username !== '' || url.password !== '')
      throw new CliError('settings', `${given.from} must be a URL without user and password`);
    url.pathname = url.pathname.replace(/\/+$/, '');
    return url;
  }

  /** @throws CliError settings when a file cannot be read. */
  tls(): TlsOptions {
    const files = { ca: this.#file('cacert'), cert: this.#file('cert'), key: this.#file('key') };
    const given = Object.entries(files).filter(([, text]) => text !== undefined);
    return { ...Object.fromEntries(given), insecure: this.#insecure() };
  }

  #given(name: ConnectionName): Given | undefined {
    const flag = this.#flags[attributeOf(name)];
    if (typeof flag === 'string' && flag !== '') return { text: flag, from: flagOf(name) };
    const variable = this.#environment[variableOf(name)];
    if (variable) return { text: variable, from: variableOf(name) };
    const text = this.#inCloud(name);
    return text === undefined ? undefined : { text, from: `${keyOf(name)} of the cloud ${this.text('cloud')}` };
  }

  #inCloud(name: ConnectionName): string | undefined {
    const key = keyOf(name);
    const found = scalar(mapping(this.#cloud.auth)[key]) ?? scalar(this.#cloud[key]);
    return found ?? (name === 'endpoint' ? scalar(this.#cloud['network_endpoint_override']) : undefined);
  }

  /** `verify: false` is openstacksdk's word for it, `insecure: true` its older one. */
  #insecure(): boolean {
    if (this.#flags['insecure'] === true) return true;
    return /^false$/i.test(String(this.#cloud['verify'])) || /^true$/i.test(String(this.#cloud['insecure']));
  }

  #file(name: 'cacert' | 'cert' | 'key'): string | undefined {
    const given = this.#given(name);
    if (given === undefined) return undefined;
    try {
      return readFileSync(given.text, 'utf8');
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      throw new CliError('settings', `${given.from}: the file ${given.text} cannot be read (${code})`, { cause });
    }
  }
}
