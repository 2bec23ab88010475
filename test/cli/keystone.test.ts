import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Served, serve, TOKEN } from '../rest-api/serve.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { type KeystoneOptions, type KeystoneServer, startKeystone } from './keystone-server.ts';
import { type Ran, run } from './run.ts';
import { startWebServer, type WebServer } from './web-server.ts';

const SECRET = 'very-secret';

let api: Served;
let keystone: KeystoneServer;
let deaf: WebServer;
let folder: Folder;

const endpoint = (url: string, kind: string, region: string) => ({ interface: kind, region, region_id: region, url });
const catalog = () => [
  { type: 'identity', name: 'keystone', endpoints: [endpoint('http://elsewhere.invalid', 'public', 'north')] },
  {
    type: 'network',
    name: 'neutron',
    endpoints: [
      endpoint(`${deaf.url}/wrong-interface`, 'admin', 'north'),
      endpoint(`${deaf.url}/wrong-region`, 'public', 'south'),
      endpoint(`${api.url}/v2.0/`, 'public', 'north'),
      endpoint(api.url, 'internal', 'south'),
    ],
  },
];

beforeAll(async () => {
  folder = await addFolder('keystone');
  api = await serve();
  deaf = await startWebServer((_, response) => response.writeHead(503).end());
});
afterAll(async () => {
  await Promise.all([keystone?.close(), deaf?.close(), api?.close(), folder?.remove()]);
});

async function withKeystone(options: Partial<KeystoneOptions> = {}): Promise<void> {
  await keystone?.close();
  keystone = await startKeystone({ catalog: catalog(), token: TOKEN.member, projects: 'hidden', ...options });
}
beforeEach(() => withKeystone());

const password = () => ({
  OS_AUTH_URL: `${keystone.url}/identity`,
  OS_USERNAME: 'ann',
  OS_PASSWORD: SECRET,
  OS_PROJECT_NAME: 'red',
  OS_REGION_NAME: 'north',
});

async function taas(words: string, environment: Readonly<Record<string, string>>): Promise<Ran> {
  const ran = await run(words.split(' '), { environment, folder: folder.path });
  expect(`${ran.stdout}${ran.stderr}`).not.toContain(SECRET);
  return ran;
}

const PORTS = 'port list -f value -c Name';

describe('a proof of who we are, as Keystone wants it', () => {
  const user = { name: 'ann', domain: { name: 'Default' }, password: SECRET };
  const scope = { project: { name: 'red', domain: { name: 'Default' } } };

  test.each([
    ['a password', {}, { identity: { methods: ['password'], password: { user } }, scope }],
    [
      'ids',
      { OS_USER_ID: 'u1', OS_PROJECT_ID: 'p1' },
      {
        identity: { methods: ['password'], password: { user: { id: 'u1', password: SECRET } } },
        scope: { project: { id: 'p1' } },
      },
    ],
    [
      'domains',
      { OS_USER_DOMAIN_NAME: 'people', OS_PROJECT_DOMAIN_ID: 'd1' },
      {
        identity: { methods: ['password'], password: { user: { ...user, domain: { name: 'people' } } } },
        scope: { project: { name: 'red', domain: { id: 'd1' } } },
      },
    ],
    [
      'a token of Keystone',
      { OS_AUTH_TYPE: 'v3token', OS_TOKEN: SECRET },
      { identity: { methods: ['token'], token: { id: SECRET } }, scope },
    ],
    [
      'an application credential',
      { OS_APPLICATION_CREDENTIAL_ID: 'ac', OS_APPLICATION_CREDENTIAL_SECRET: SECRET },
      { identity: { methods: ['application_credential'], application_credential: { id: 'ac', secret: SECRET } } },
    ],
    [
      'an application credential by its name',
      {
        OS_AUTH_TYPE: 'v3applicationcredential',
        OS_APPLICATION_CREDENTIAL_NAME: 'ci',
        OS_APPLICATION_CREDENTIAL_SECRET: SECRET,
      },
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { name: 'ci', secret: SECRET, user: { name: 'ann', domain: { name: 'Default' } } },
        },
      },
    ],
  ])('%s', async (_, environment, auth) => {
    const { exitCode, stderr, stdout } = await taas(PORTS, { ...password(), ...environment });
    expect([exitCode, stderr, stdout.split('\n').sort()]).toEqual([0, '', ['', 'db', 'sensor', 'web']]);
    expect(keystone.asked).toEqual([
      { method: 'POST', path: '/identity/v3/auth/tokens', token: undefined, body: { auth } },
    ]);
  });

  test.each(['/identity', '/identity/', '/identity/v3', '/identity/v3/', '/identity/v2.0'])(
    'at %s, which is the third version',
    async (path) => {
      const { exitCode } = await taas(PORTS, { ...password(), OS_AUTH_URL: `${keystone.url}${path}` });
      expect(exitCode).toBe(0);
      expect(keystone.asked.map((each) => each.path)).toEqual(['/identity/v3/auth/tokens']);
    },
  );

  test('from clouds.yaml', async () => {
    const auth = { auth_url: `${keystone.url}/identity`, username: 'ann', password: SECRET, project_name: 'red' };
    const lab = { auth, region_name: 'north', auth_type: 'password' };
    await writeFile(join(folder.path, 'clouds.yaml'), JSON.stringify({ clouds: { lab } }));
    expect(await taas(`--os-cloud lab ${PORTS}`, {})).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

test('a token and an endpoint are enough: Keystone is not asked, though it is named', async () => {
  const given = { OS_TOKEN: TOKEN.member, OS_ENDPOINT: api.url };
  expect(await taas(PORTS, { ...password(), ...given })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(keystone.asked).toEqual([]);
});

describe('the endpoint', () => {
  test.each([
    ['of the interface', { OS_INTERFACE: 'internal', OS_REGION_NAME: 'south' }, 0],
    ['of the interface in its older spelling', { OS_INTERFACE: 'internalURL', OS_REGION_NAME: 'south' }, 0],
    ['of the region', {}, 0],
    ['of the first region when none is named', { OS_REGION_NAME: '' }, 1],
    ['that is given, instead of the catalog', { OS_REGION_NAME: 'south', OS_ENDPOINT: 'here' }, 0],
  ])('%s', async (_, environment: Readonly<Record<string, string>>, expected) => {
    const { OS_ENDPOINT, ...rest } = environment;
    const given = OS_ENDPOINT === undefined ? {} : { OS_ENDPOINT: api.url };
    const { exitCode, stderr } = await taas(PORTS, { ...password(), ...rest, ...given });
    expect([exitCode, stderr.includes(deaf.url)]).toEqual([expected, expected === 1]);
  });

  test.each([
    [
      'another region',
      { OS_REGION_NAME: 'west' },
      "Keystone's catalog has no public network endpoint in the region west; it has admin in north, public in south, public in north, internal in south",
    ],
    [
      'another interface',
      { OS_INTERFACE: 'secret' },
      "Keystone's catalog has no secret network endpoint in the region north",
    ],
  ])('%s is not in the catalog', async (_, environment, sentence) => {
    const { exitCode, stderr } = await taas(PORTS, { ...password(), ...environment });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });

  test('is missing where the catalog has no network, or nothing', async () => {
    await withKeystone({ catalog: [{ type: 'compute', endpoints: [] }] });
    expect((await taas(PORTS, password())).stderr).toContain('has no network service, but compute');
    await withKeystone({ catalog: undefined });
    expect((await taas(PORTS, password())).stderr).toContain(
      'has no network service, but nothing; is the project right?',
    );
  });
});

describe('Keystone does not help', () => {
  test('because the password is wrong', async () => {
    const { exitCode, stderr } = await taas(PORTS, { ...password(), OS_PASSWORD: `wrong-${SECRET}` });
    expect([exitCode, stderr]).toEqual([
      1,
      `taas: Keystone at ${keystone.url} does not accept these credentials: The request you have made requires authentication.\n`,
    ]);
  });

  test('because it is another server', async () => {
    const { exitCode, stderr } = await taas(PORTS, { ...password(), OS_AUTH_URL: `${keystone.url}/other` });
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining(`Keystone at ${keystone.url} gives no token: Could not`),
    ]);
    const html = await taas(PORTS, { ...password(), OS_AUTH_URL: deaf.url });
    expect(html.stderr).toContain(
      `${deaf.url}/v3/auth/tokens answered 503 with nothing in it; is --os-auth-url (OS_AUTH_URL) right?`,
    );
  });

  test.each([
    ['OS_PASSWORD', 'Keystone wants a password: give --os-password (OS_PASSWORD)'],
    ['OS_USERNAME', 'Keystone wants to know the user: give --os-username (OS_USERNAME)'],
    ['OS_PROJECT_NAME', 'Keystone wants to know the project: give --os-project-name (OS_PROJECT_NAME)'],
  ])('because %s is missing', async (variable, sentence) => {
    const { exitCode, stderr } = await taas(PORTS, { ...password(), [variable]: '' });
    expect([exitCode, stderr]).toEqual([2, `taas: ${sentence}\n`]);
    expect(keystone.asked).toEqual([]);
  });

  test('because nobody knows such a proof', async () => {
    const { exitCode, stderr } = await taas(PORTS, { ...password(), OS_AUTH_TYPE: 'v3kerberos' });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('v3kerberos is unknown: it must be one of none, token, password, v3applicationcredential');
  });
});

describe('--project', () => {
  const projects = [
    { of: 'projects', id: 'red', name: 'crimson', domain: 'd1' },
    { of: 'projects', id: 'p2', name: 'twice', domain: 'd1' },
    { of: 'projects', id: 'p3', name: 'twice', domain: 'd2' },
    { of: 'domains', id: 'd1', name: 'people' },
  ] as const;
  const project = async (words: string) => {
    const name = `by-${words.replaceAll(/\W+/g, '-')}`;
    const { stdout, stderr } = await taas(
      `tap service create --port sensor --name ${name} ${words} -f value -c project_id`,
      password(),
    );
    return stdout.trim() || stderr.trim();
  };

  test('is a name or an ID where Keystone tells', async () => {
    await withKeystone({ token: TOKEN.admin, projects });
    expect(await project('--project crimson')).toBe('red');
    expect(await project('--project red')).toBe('red');
    expect(await project('--project crimson --project-domain people')).toBe('red');
    expect(await project('--project crimson --project-domain d1')).toBe('red');
    expect(await project('--project twice')).toContain("More than one project has the name 'twice'");
    expect(await project('--project nix')).toBe("taas: No project with the name or ID 'nix' exists.");
    expect(await project('--project crimson --project-domain nix')).toBe(
      "taas: No domain with the name or ID 'nix' exists.",
    );
  });

  test('is an ID where Keystone does not let us look, and where there is none', async () => {
    expect(await project('--project red')).toBe('red');
    const { stdout } = await run(
      ['tap-service-create', '--port', 'sensor', '--tenant-id', 'red', '-fvalue', '-cproject_id'],
      {
        environment: { OS_ENDPOINT: api.url, OS_TOKEN: TOKEN.admin },
      },
    );
    expect(stdout).toBe('red\n');
  });
});
