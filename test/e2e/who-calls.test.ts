import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Authenticate } from '../../src/rest-api/authenticate.ts';
import { PORT, type Served, serve } from '../rest-api/serve.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { KEYSTONE, Keystone } from '../support/keystone.ts';
import { Openstack } from '../support/openstack.ts';
import { type Ran, runProgram } from './run-program.ts';

const TAAS = join(import.meta.dirname, '../../dist/taas');
const PASSWORD = 'ann-has-a-secret';
const SECRET = 'an-application-has-one-too';
const LIST = ['tap', 'service', 'list', '-f', 'value', '-c', 'Tenant', '-c', 'Name'];

type Settings = Readonly<Record<string, string>>;

let keystone: Keystone;
let client: Openstack;
let folder: Folder;
let api: Served;
let ann: { readonly projectId: string; readonly userId: string; readonly token: string };
/** The tokens that the network API was shown. */
let shown: string[];

const owners = new Map<string, ReturnType<Keystone['ownerOf']>>();

/** Asks once for each token, as Neutron's keystonemiddleware. */
function ownerOf(token: string): ReturnType<Keystone['ownerOf']> {
  const known = owners.get(token) ?? keystone.ownerOf(token);
  owners.set(token, known);
  return known;
}

/** The network API takes tokens as Neutron does: it asks Keystone whose they are. */
const byKeystone: Authenticate = async (headers) => {
  const token = String(headers['x-auth-token']);
  shown.push(token);
  const owner = await ownerOf(token);
  return owner ? { projectId: owner.projectId, role: owner.roles.includes('admin') ? 'admin' : 'member' } : null;
};

async function plugPort(projectId: string): Promise<void> {
  const port = {
    portId: PORT.web,
    portName: 'web',
    interfaceName: 'tap0',
    mac: null,
    vlan: 5,
    projectId,
    plugged: true,
  };
  await api.plane.desk.take({ kind: 'ports', host: 'host-1', tunnelAddress: null, ports: [port] });
}

async function addApplicationCredential(): Promise<string> {
  const body = { application_credential: { name: 'sensors', secret: SECRET } };
  const path = `/users/${ann.userId}/application_credentials`;
  const { application_credential: made } = await keystone.ask('POST', path, body, ann.token);
  return made.id;
}

/** Runs taas where there is no clouds.yaml but ours, and sees that it gives no secret away. */
async function taas(words: readonly string[], settings: Settings): Promise<Ran> {
  const ran = await runProgram(words, { HOME: folder.path, ...settings }, TAAS);
  for (const secret of [PASSWORD, SECRET, keystone.password])
    expect(`${ran.stdout}${ran.stderr}`).not.toContain(secret);
  return ran;
}

const domains = { OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default' };
const asAnn = (): Settings => ({
  ...domains,
  OS_AUTH_URL: keystone.url,
  OS_USERNAME: 'ann',
  OS_PASSWORD: PASSWORD,
  OS_PROJECT_NAME: 'red',
});
const asAdmin = (): Settings => ({
  ...asAnn(),
  OS_USERNAME: 'admin',
  OS_PASSWORD: keystone.password,
  OS_PROJECT_NAME: 'admin',
});
const rows = () => ['one', 'two'].map((name) => `${ann.projectId} ${name}`).join('\n');

/** Both clients get the same list, each with a token that Keystone gave for the project. */
async function expectBothList(settings: Settings, words: readonly string[] = LIST): Promise<void> {
  const expected = { exitCode: 0, stdout: rows(), stderr: '' };
  expect(await taas(words, settings)).toEqual(expected);
  const shownByTaas = shown.length;
  expect(await client.run(settings, ...words)).toEqual(expected);
  expect(shownByTaas).toBeGreaterThan(1);
  expect(shown.length).toBeGreaterThan(shownByTaas);
}

async function expectTokensOf(projectId: string): Promise<void> {
  const projects = await Promise.all(shown.map(async (token) => (await ownerOf(token))?.projectId));
  expect([...new Set(projects)]).toEqual([projectId]);
}

/** It brings a third of a minute of packages: setup.sh leaves them out, and who has them tests with them. */
const here = existsSync(KEYSTONE);

describe.skipIf(!here)(`${here ? '' : 'SKIPPED, python3-keystone is not installed: '}Keystone`, () => {
  beforeAll(async () => {
    shown = [];
    folder = await addFolder('callers');
    client = await Openstack.start();
    keystone = await Keystone.start();
    // One row a page: a list is whole only for those who follow the links.
    api = await serve({ authenticate: byKeystone, limits: { pageSize: 1 } });
    await keystone.addEndpoint('network', api.url);
    const member = await keystone.addMember('red', 'ann', PASSWORD);
    ann = { ...member, token: await keystone.signIn('ann', PASSWORD, 'red') };
    await plugPort(ann.projectId);
    for (const name of ['one', 'two']) {
      const body = { tap_service: { name, port_id: PORT.web } };
      expect(await api.ask('POST', '/v2.0/taas/tap_services', { body, token: ann.token })).toMatchObject({
        status: 201,
      });
    }
  });
  afterAll(async () => {
    await Promise.all([api?.close(), keystone?.stop(), client?.remove(), folder?.remove()]);
  });
  beforeEach(() => {
    shown = [];
  });

  test('a password', async () => {
    await expectBothList(asAnn());
    await expectTokensOf(ann.projectId);
  });

  test('an application credential, by its ID, or by its name and user', async () => {
    const { OS_AUTH_URL = '' } = asAnn();
    const id = await addApplicationCredential();
    const proof = { OS_AUTH_TYPE: 'v3applicationcredential', OS_APPLICATION_CREDENTIAL_SECRET: SECRET, OS_AUTH_URL };
    await expectBothList({ ...proof, OS_APPLICATION_CREDENTIAL_ID: id });
    const owner = { OS_USERNAME: 'ann', OS_USER_DOMAIN_NAME: 'Default' };
    const byName = { ...proof, ...owner, OS_APPLICATION_CREDENTIAL_NAME: 'sensors' };
    expect(await taas(LIST, byName)).toEqual({ exitCode: 0, stdout: rows(), stderr: '' });
    await expectTokensOf(ann.projectId);
  });

  test('a cloud of clouds.yaml, its password in secure.yaml', async () => {
    const auth = { auth_url: keystone.url, username: 'ann', project_name: 'red' };
    const named = { user_domain_name: 'Default', project_domain_name: 'Default' };
    const files = {
      clouds: { clouds: { lab: { auth: { ...auth, ...named }, region_name: 'RegionOne' } } },
      secure: { clouds: { lab: { auth: { password: PASSWORD } } } },
    };
    const paths = {
      OS_CLIENT_CONFIG_FILE: join(folder.path, 'a.yaml'),
      OS_CLIENT_SECURE_FILE: join(folder.path, 'b.yaml'),
    };
    await writeFile(paths.OS_CLIENT_CONFIG_FILE, stringify(files.clouds));
    await writeFile(paths.OS_CLIENT_SECURE_FILE, stringify(files.secure));
    await expectBothList({ ...paths, OS_CLOUD: 'lab' });
    await expectTokensOf(ann.projectId);
  });

  test('an administrator, who names the project of others', async () => {
    await expectBothList(asAdmin(), [...LIST, '--project', 'red']);
    await expectTokensOf((await keystone.ask('GET', '/projects?name=admin')).projects[0].id);
  });

  test('a token that is there already', async () => {
    const settings = { OS_AUTH_TYPE: 'admin_token', OS_ENDPOINT: api.url };
    await expectBothList({ ...settings, OS_TOKEN: ann.token });
    const refused = { exitCode: 1, stdout: '', stderr: expect.stringContaining('requires authentication') };
    expect(await taas(LIST, { ...settings, OS_TOKEN: 'made-up' })).toEqual(refused);
    expect(await client.run({ ...settings, OS_TOKEN: 'made-up' }, ...LIST)).toEqual(refused);
  });

  test('a wrong password is refused in one sentence', async () => {
    const { exitCode, stdout, stderr } = await taas(LIST, { ...asAnn(), OS_PASSWORD: 'a-guess' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^taas: Keystone at http:\S+ does not accept these credentials: The request .*\.\n?$/);
    expect(shown).toEqual([]);
  });
});
