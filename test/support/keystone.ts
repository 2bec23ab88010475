import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { addFolder, type Folder } from './folder.ts';
import { freePort } from './free-port.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { runCommand } from './run-command.ts';
import { SupportError } from './support-error.ts';

const START_LIMIT_MS = 90_000;

/** A body of Keystone's API, of which a test knows what is in it. */
// biome-ignore lint/suspicious/noExplicitAny: what JSON holds is what each test expects of it
type Body = any;

/** Who a token is of. */
export interface TokenOwner {
  readonly projectId: string;
  readonly roles: readonly string[];
}

/** Keys as `keystone-manage fernet_setup` makes them, one to read with and one to write with: a Python start less. */
function writeKeys(folder: string): void {
  mkdirSync(folder, { mode: 0o700 });
  for (const name of ['0', '1']) {
    const key = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    writeFileSync(join(folder, name), key, { mode: 0o600 });
  }
}

function writeSettings(folder: string): string {
  for (const keys of ['tokens', 'receipts', 'credentials']) writeKeys(join(folder, keys));
  const path = join(folder, 'keystone.conf');
  const sections = {
    DEFAULT: `log_file = ${folder}/log`,
    database: `connection = sqlite:///${folder}/keystone.db`,
    fernet_tokens: `key_repository = ${folder}/tokens`,
    fernet_receipts: `key_repository = ${folder}/receipts`,
    credential: `key_repository = ${folder}/credentials`,
    cache: 'enabled = false',
  };
  const lines = Object.entries(sections).map(([name, line]) => `[${name}]\n${line}\n`);
  writeFileSync(path, lines.join(''));
  return path;
}

/** Where python3-keystone has it. */
export const KEYSTONE = '/usr/bin/keystone-wsgi-public';

/** Debian's python3-keystone on a loopback port of its own, with SQLite; its administrator is "admin", in the project "admin". */
export class Keystone {
  /** OS_AUTH_URL */
  readonly url: string;
  readonly password = randomBytes(12).toString('hex');
  readonly #folder: Folder;
  readonly #port: number;
  #server: RunningProcess | undefined;
  #token = '';

  private constructor(folder: Folder, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}/v3`;
  }

  static async start(): Promise<Keystone> {
    const keystone = new Keystone(await addFolder('keystone'), await freePort());
    try {
      await keystone.#launch();
      keystone.#token = await keystone.signIn('admin', keystone.password, 'admin');
      return keystone;
    } catch (error) {
      await keystone.stop();
      throw error;
    }
  }

  async #launch(): Promise<void> {
    const settings = writeSettings(this.#folder.path);
    const env = { OS_KEYSTONE_CONFIG_FILES: settings, OS_BOOTSTRAP_PASSWORD: this.password, HOME: this.#folder.path };
    const manage = (...words: readonly string[]) =>
      runCommand('/usr/bin/keystone-manage', ['--config-file', settings, ...words], { env });
    await manage('db_sync');
    await manage('bootstrap', '--bootstrap-public-url', this.url, '--bootstrap-region-id', 'RegionOne');
    const listen = ['--host', '127.0.0.1', '--port', String(this.#port)];
    const server = await startProcess(KEYSTONE, listen, { env });
    this.#server = server;
    const answers = async () => {
      if (!server.isRunning()) throw new SupportError('process-ended', `Keystone ended: ${server.output()}`);
      return (await fetch(this.url)).ok;
    };
    await eventually(answers, { what: 'Keystone', timeoutMs: START_LIMIT_MS, intervalMs: 100 });
  }

  /** A token of a user for a project. */
  async signIn(name: string, password: string, project: string): Promise<string> {
    const domain = { name: 'Default' };
    const user = { name, domain, password };
    const scope = { project: { name: project, domain } };
    const body = { auth: { identity: { methods: ['password'], password: { user } }, scope } };
    const answer = await this.#send('POST', '/auth/tokens', body);
    const token = answer.headers.get('x-subject-token');
    if (token === null) throw new SupportError('command-failed', `no token: ${answer.status} ${await answer.text()}`);
    return token;
  }

  #send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...content,
    });
  }

  /** Asks its API as the administrator, or with another's token. Throws when the answer is none of success. */
  async ask(method: string, path: string, body?: unknown, token = this.#token): Promise<Body> {
    const answer = await this.#send(method, path, body, { 'x-auth-token': token });
    const text = await answer.text();
    if (!answer.ok) throw new SupportError('command-failed', `${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** Whose a token is; undefined for one that Keystone did not give. As Neutron's keystonemiddleware asks it. */
  async ownerOf(token: string): Promise<TokenOwner | undefined> {
    const headers = { 'x-auth-token': this.#token, 'x-subject-token': token };
    const answer = await this.#send('GET', '/auth/tokens', undefined, headers);
    if (!answer.ok) return undefined;
    const { token: described } = (await answer.json()) as Body;
    return { projectId: described.project.id, roles: described.roles.map((role: Body) => role.name) };
  }

  /** Registers an endpoint in the catalog of all tokens. */
  async addEndpoint(type: string, url: string): Promise<void> {
    const { service } = await this.ask('POST', '/services', { service: { type, name: type } });
    const endpoint = { service_id: service.id, interface: 'public', url, region_id: 'RegionOne' };
    await this.ask('POST', '/endpoints', { endpoint });
  }

  /** Makes a project with one member. */
  async addMember(project: string, user: string, password: string): Promise<{ projectId: string; userId: string }> {
    const domain_id = 'default';
    const { project: made } = await this.ask('POST', '/projects', { project: { name: project, domain_id } });
    const { user: member } = await this.ask('POST', '/users', { user: { name: user, password, domain_id } });
    const { roles } = await this.ask('GET', '/roles?name=member');
    await this.ask('PUT', `/projects/${made.id}/users/${member.id}/roles/${roles[0].id}`);
    return { projectId: made.id, userId: member.id };
  }

  /** Leaves no process and no file behind. */
  async stop(): Promise<void> {
    await this.#server?.stop();
    await this.#folder.remove();
  }
}
