import { appendFile, chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addToken, removeToken } from '../../src/rest-api/edit-tokens.ts';
import { readTokens } from '../../src/rest-api/read-tokens.ts';
import { TokenFile } from '../../src/rest-api/token-file.ts';
import { eventually } from '../support/eventually.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { type Served, serve } from './serve.ts';

let folder: Folder;
let path: string;
beforeEach(async () => {
  folder = await addFolder('tokens');
  path = join(folder.path, 'tokens');
});
afterEach(() => folder.remove());

const member = (name: string) => ({ name, project: 'red', role: 'member' }) as const;
const HASH = `sha256:${'0'.repeat(64)}`;

describe('the file', () => {
  test('is made for its owner alone, and holds no token', async () => {
    const tokens = [
      await addToken(path, member('ann')),
      await addToken(path, { name: 'boss', project: 'ops', role: 'admin' }),
    ];
    for (const token of tokens) expect(token).toMatch(/^taas_[\w-]{43}$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const text = await readFile(path, 'utf8');
    expect(text).toMatch(/^ann red member sha256:[0-9a-f]{64}\nboss ops admin sha256:[0-9a-f]{64}\n$/);
    const file = await TokenFile.open(path);
    const asked = async (token: string) => file.authenticate({ 'x-auth-token': token });
    expect(await asked(tokens[0] ?? '')).toEqual({ projectId: 'red', role: 'member' });
    expect(await asked(tokens[1] ?? '')).toEqual({ projectId: 'ops', role: 'admin' });
    expect([await asked(`${tokens[0]}x`), await asked(text.slice(-66, -1)), await file.authenticate({})]).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('can be written by hand, and keeps what people wrote, its mode and a missing last newline', async () => {
    await writeFile(path, `# mine\n\n  ann\tred   reader ${HASH}`);
    await chmod(path, 0o640);
    await addToken(path, member('bob'));
    expect((await readTokens(path)).tokens.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'ann reader',
      'bob member',
    ]);
    await removeToken(path, 'bob');
    expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual([
      `# mine\n\n  ann\tred   reader ${HASH}\n`,
      0o640,
    ]);
  });

  test.each([
    ['ann red member', 'line 1 must be NAME PROJECT ROLE sha256:HASH, with 64 lower-case hexadecimal digits'],
    [`# x\nann red member ${HASH} more`, 'line 2 must be'],
    ['ann red member sha256:abc', 'line 1 must be'],
    [`ann red member ${HASH}0`, 'line 1 must be'],
    [`ann red owner ${HASH}`, 'line 1: the role "owner" must be one of admin, member, reader'],
    [`änn red member ${HASH}`, 'line 1: the name "änn" must be 1 to 255 visible ASCII characters'],
    [`ann red member ${HASH}\nann blue member ${HASH}`, 'line 2: there is a token named "ann" above already'],
  ])('%j is refused', async (text, message) => {
    await writeFile(path, text, { mode: 0o600 });
    await expect(TokenFile.open(path)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(`${path}, ${message}`),
    });
  });

  test('a refusal does not repeat what may be a token', async () => {
    await writeFile(path, 'ann red member taas_secret', { mode: 0o600 });
    await expect(readTokens(path)).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  test.each([0o644, 0o604, 0o602, 0o620, 0o601])('mode %i lets others in', async (mode) => {
    await addToken(path, member('ann'));
    await chmod(path, mode);
    const message = `${path} has mode ${mode.toString(8)}, so others can read or change it; chmod 600 keeps them out`;
    await expect(TokenFile.open(path)).rejects.toMatchObject({ code: 'exposed', message });
    await expect(addToken(path, member('bob'))).rejects.toMatchObject({ code: 'exposed' });
  });

  test('what cannot be done is said', async () => {
    await expect(TokenFile.open(path)).rejects.toMatchObject({ code: 'io', message: expect.stringContaining(path) });
    await expect(addToken(path, { ...member('a b') })).rejects.toMatchObject({ code: 'bad_value' });
    await expect(addToken(path, { ...member('a'), project: '' })).rejects.toMatchObject({ code: 'bad_value' });
    await addToken(path, member('ann'));
    await expect(addToken(path, member('ann'))).rejects.toMatchObject({ code: 'taken' });
    await expect(removeToken(path, 'bob')).rejects.toMatchObject({
      code: 'unknown',
      message: `${path} has no token named "bob"`,
    });
  });
});

describe('a server', () => {
  let served: Served | undefined;
  afterEach(() => served?.close());

  test('learns of tokens that come and go, and lets nobody in while it cannot know', async () => {
    const ann = await addToken(path, member('ann'));
    const file = await TokenFile.open(path);
    served = await serve({ authenticate: file.authenticate });
    const { ask, traces } = served;
    const statusOf = async (token: string) => (await ask('GET', '/v2.0/ports', { token })).status;
    const becomes = (status: number, token: string) =>
      eventually(async () => (await statusOf(token)) === status, { what: `status ${status}` });
    expect([await statusOf(ann), await statusOf('taas_x')]).toEqual([200, 401]);

    const bob = await addToken(path, member('bob'));
    await becomes(200, bob);
    await removeToken(path, 'ann');
    await becomes(401, ann);
    expect(await statusOf(bob)).toBe(200);

    await appendFile(path, 'nonsense\n');
    await becomes(503, bob);
    const { NeutronError } = (await ask('GET', '/v2.0/ports', { token: bob })).body;
    expect(NeutronError).toMatchObject({
      type: 'ServiceUnavailable',
      message: 'Tokens cannot be checked at the moment.',
    });
    const failed = traces.find(({ kind }) => kind === 'request_failed');
    expect(failed).toMatchObject({ error: { cause: { code: 'malformed' } } });

    await writeFile(path, (await readFile(path, 'utf8')).replace('nonsense\n', ''));
    await becomes(200, bob);
    await rm(path);
    await becomes(503, bob);
    expect(JSON.stringify(traces)).not.toContain(bob);
  });
});
