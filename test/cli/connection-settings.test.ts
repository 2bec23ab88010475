import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectionFlags, flagOf, variableOf } from '../../src/cli/connection-flags.ts';
import { ConnectionSettings, type FlagValues } from '../../src/cli/connection-settings.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { surroundings } from './surroundings.ts';

let folder: Folder;
const path = (name: string) => join(folder.path, name);

async function put(name: string, text: string): Promise<string> {
  await mkdir(dirname(path(name)), { recursive: true });
  await writeFile(path(name), text);
  return path(name);
}

/** Gathers in a folder of its own below the test's. */
function gather(flags: FlagValues, environment: Readonly<Record<string, string>>, here = 'work') {
  const home = { HOME: path('home') };
  return ConnectionSettings.gather(flags, surroundings({ ...home, ...environment }, { folder: path(here) }));
}

beforeAll(async () => {
  folder = await addFolder('clouds');
  await put(
    'work/clouds.yaml',
    `clouds:
  lab:
    auth: {auth_url: "http://lab/v3", username: ann, password: 12345, project_name: red, token: from-file}
    region_name: north
    interface: internal
    verify: false
  direct: {auth_type: none, network_endpoint_override: "http://net/"}
  empty:
  merged: {auth: {username: by-clouds, project_name: p}}
`,
  );
  await put(
    'work/secure.yaml',
    'clouds: {merged: {auth: {username: by-secure, password: hush}}, only: {auth: {username: o}}}',
  );
  await put('home/.config/openstack/clouds.yml', 'clouds: {lab: {auth: {username: at-home}}}');
  await put('other/.gitkeep', '');
  await put('named.json', '{"clouds": {"lab": {"auth": {"username": "in-json"}}}}');
  await put('broken/clouds.yaml', 'clouds:\n  lab:\n    auth: {password: very-secret\n');
  await put('loop/clouds.yaml', 'clouds: *nowhere\n');
  await put('list/clouds.yaml', '- clouds\n');
});
afterAll(() => folder?.remove());

describe('a flag wins over its variable, that over the cloud', () => {
  const environment = { OS_CLOUD: 'lab', OS_USERNAME: 'by-variable', OS_REGION_NAME: '' };

  test.each([
    [{}, 'username', 'by-variable'],
    [{ osUsername: 'by-flag' }, 'username', 'by-flag'],
    [{ osUsername: '' }, 'username', 'by-variable'],
    [{}, 'auth-url', 'http://lab/v3'],
    [{}, 'password', '12345'],
    [{}, 'region-name', 'north'],
    [{}, 'interface', 'internal'],
    [{}, 'user-domain-name', undefined],
  ] as const)('%j: %s is %s', async (flags, name, text) => {
    expect((await gather(flags, environment)).text(name)).toBe(text);
  });

  test('each setting has a flag and a variable', async () => {
    const names = connectionFlags.map(({ name }) => name).filter((name) => name !== 'cloud');
    const variables = Object.fromEntries(names.map((name) => [variableOf(name), `v-${name}`]));
    const settings = await gather({}, variables);
    expect(names.map((name) => settings.text(name))).toEqual(names.map((name) => `v-${name}`));
    expect([flagOf('auth-url'), variableOf('auth-url')]).toEqual(['--os-auth-url', 'OS_AUTH_URL']);
  });
});

describe('clouds.yaml', () => {
  test('is read only when a cloud is named', async () => {
    expect((await gather({}, {}, 'broken')).text('auth-url')).toBeUndefined();
    expect((await gather({ osCloud: 'lab' }, {})).text('auth-url')).toBe('http://lab/v3');
  });

  test('of the working folder goes before that of the home, one named in a variable before all', async () => {
    const username = async (environment: Readonly<Record<string, string>>, here: string) =>
      (await gather({ osCloud: 'lab' }, environment, here)).text('username');
    expect(await username({}, 'work')).toBe('ann');
    expect(await username({}, 'other')).toBe('at-home');
    expect(await username({ OS_CLIENT_CONFIG_FILE: path('named.json') }, 'work')).toBe('in-json');
  });

  test('gets what secure.yaml adds, key by key', async () => {
    const settings = await gather({ osCloud: 'merged' }, {});
    expect(['username', 'password', 'project-name'].map((name) => settings.text(name as 'username'))).toEqual([
      'by-secure',
      'hush',
      'p',
    ]);
    expect((await gather({ osCloud: 'only' }, {})).text('username')).toBe('o');
  });

  test('has the endpoint and the trust in certificates, too', async () => {
    expect((await gather({ osCloud: 'direct' }, {})).url('endpoint')?.href).toBe('http://net/');
    expect((await gather({ osCloud: 'lab' }, {})).tls()).toEqual({ insecure: true });
    expect((await gather({}, {})).tls()).toEqual({ insecure: false });
  });

  test.each([
    ['work', 'nix', 'work/clouds.yaml has no cloud nix; it has lab, direct, empty, merged'],
    ['work', 'empty', 'work/clouds.yaml: the cloud empty must have settings of its own'],
    ['broken', 'lab', 'broken/clouds.yaml: line 4 is not right YAML'],
    ['loop', 'lab', 'loop/clouds.yaml is not right YAML: Unresolved alias'],
    ['list', 'lab', 'list/clouds.yaml has no cloud lab; it has no cloud'],
  ])('in %s without the cloud %s is a sentence, and no secret', async (here, cloud, sentence) => {
    await expect(gather({ osCloud: cloud }, {}, here)).rejects.toMatchObject({
      code: 'settings',
      message: expect.stringContaining(sentence),
    });
    await expect(gather({ osCloud: cloud }, {}, here)).rejects.not.toThrow('very-secret');
  });

  test('that is nowhere, or no file, is a sentence', async () => {
    const nowhere = { HOME: path('nobody') };
    await expect(gather({ osCloud: 'lab' }, nowhere, 'other')).rejects.toThrow(
      `the cloud lab is in no clouds.yaml: there is none of ${path('other/clouds.yaml')}`,
    );
    await expect(gather({ osCloud: 'lab' }, { OS_CLIENT_CONFIG_FILE: folder.path })).rejects.toThrow('(EISDIR)');
  });
});

describe('what is given wrong is told with where it came from', () => {
  test.each([
    [{ osEndpoint: 'localhost:9696' }, '--os-endpoint must be a URL such as http://127.0.0.1:9696'],
    [{ osEndpoint: 'nonsense' }, '--os-endpoint must be a URL such as http://127.0.0.1:9696'],
    [{ osEndpoint: 'http://ann:very-secret@h' }, '--os-endpoint must be a URL without user and password'],
  ])('%j', async (flags, sentence) => {
    const settings = await gather(flags, {});
    expect(() => settings.url('endpoint')).toThrow(sentence);
  });

  test('a file that cannot be read', async () => {
    const settings = await gather({}, { OS_CACERT: path('none.pem') });
    expect(() => settings.tls()).toThrow(`OS_CACERT: the file ${path('none.pem')} cannot be read (ENOENT)`);
  });
});
