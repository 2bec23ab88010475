import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { PORT, type Served, type ServeOptions, serve, TOKEN } from '../rest-api/serve.ts';
import { eventually } from '../support/eventually.ts';
import { type Ran, type RunOptions, run } from './run.ts';
import { startWebServer } from './web-server.ts';

let api: Served;

beforeAll(async () => {
  api = await serve();
});
afterAll(() => api?.close());

/** Runs a command line as a member of the project red, unless it says otherwise. Words are separated by spaces. */
function taas(line: string, options: RunOptions = {}): Promise<Ran> {
  const environment = { OS_ENDPOINT: api.url, OS_TOKEN: TOKEN.member, ...options.environment };
  return run(line.split(' '), { ...options, environment });
}

/** What it prints, if it succeeds. */
async function printed(line: string): Promise<string> {
  const { exitCode, stdout, stderr } = await taas(line);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

async function fails(line: string, exitCode: number, ...sentences: readonly string[]): Promise<Ran> {
  const ran = await taas(line);
  expect({ exitCode: ran.exitCode, stderr: ran.stderr }).toEqual({
    exitCode,
    stderr: sentences.map((sentence) => `taas: ${sentence}\n`).join(''),
  });
  return ran;
}

const made = (line: string) => printed(`${line} -f value -c id`).then((id) => id.trim());

/** One that was ACTIVE goes when it is deleted for the second time: no agent is there to say that it is gone. */
beforeEach(async () => {
  for (;;) {
    const ids = (await printed('tap service list -f value -c ID')).split('\n').filter((id) => id !== '');
    if (ids.length === 0) return;
    await printed(`tap service delete ${ids.join(' ')}`);
  }
});

describe.each([
  ['as in openstackclient', 'tap service', 'tap flow'],
  ['as in the API reference', 'tap-service', 'tap-flow'],
])('the ten commands, named %s', (_, service, flow) => {
  const join = service.includes('-') ? '-' : ' ';

  test('do what they say, by name and by ID', async () => {
    const serviceId = await made(`${service}${join}create --port sensor --name ids --description old`);
    const flowId = await made(
      `${flow}${join}create --port web --tap-service ids --direction both --vlan-filter 1-3,7 --name web`,
    );
    const second = await made(`${flow}${join}create --port ${PORT.db} --tap-service ${serviceId} --direction IN`);

    const shown = JSON.parse(await printed(`${flow}${join}show web -f json`));
    expect(shown).toEqual({
      description: '',
      direction: 'BOTH',
      id: flowId,
      name: 'web',
      project_id: 'red',
      source_port: PORT.web,
      status: 'DOWN',
      tap_service_id: serviceId,
      vlan_filter: '1-3,7',
    });
    expect(JSON.parse(await printed(`${flow}${join}show ${second} -f json`)).vlan_filter).toBeNull();
    expect(JSON.parse(await printed(`${flow}${join}list -f json`))).toEqual([
      {
        ID: flowId,
        Tenant: 'red',
        Name: 'web',
        Status: 'DOWN',
        source_port: PORT.web,
        tap_service_id: serviceId,
        Direction: 'BOTH',
      },
      expect.objectContaining({ ID: second, Name: '', Direction: 'IN' }),
    ]);
    expect(JSON.parse(await printed(`${service}${join}list -f json`))).toEqual([
      { ID: serviceId, Tenant: 'red', Name: 'ids', Port: PORT.sensor, Status: 'DOWN' },
    ]);

    expect(await printed(`${service}${join}update ids --name ids-2 -f value -c name -c description`)).toBe(
      'old\nids-2\n',
    );
    const updated = await printed(`${flow}${join}update ${flowId} --description traffic -f json`);
    expect(JSON.parse(updated)).toEqual({ ...shown, description: 'traffic' });

    expect(await printed(`${flow}${join}delete web ${second}`)).toBe('');
    expect(await printed(`${flow}${join}list`)).toBe('\n');
    expect(await printed(`${service}${join}delete ids-2`)).toBe('');
    expect(await printed(`${service}${join}list -f json`)).toBe('[]\n');
  });
});

describe('the older names take the flags of python-neutronclient', () => {
  test('filters, order, page size, fields', async () => {
    for (const name of ['b', 'a', 'c']) await made(`tap-service-create --port sensor --name ${name} --tenant-id red`);
    expect(await printed('tap-service-list --name a -F name -f value')).toBe('a\n');
    expect(await printed('tap-service-list --status ACTIVE -f value')).toBe('');
    expect(await printed(`tap-service-list --tenant-id red --port-id ${PORT.web}`)).toBe('\n');
    const names = (flags: string) => printed(`tap-service-list ${flags} -f value -c Name`);
    expect(await names('--sort-key name --sort-dir desc -D')).toBe('c\nb\na\n');
    expect(await names('--sort-key name --sort-dir asc -P 1')).toBe('a\nb\nc\n');
    await fails('tap-service-list --sort-key name', 1, 'The number of sort_keys and sort_dirs must be same');
  });

  test('which the server gets as they are', async () => {
    const asked: string[] = [];
    const server = await startWebServer(({ url = '' }, response) => {
      asked.push(url);
      response.end('{"tap_flows":[]}');
    });
    try {
      const flags =
        '--sort-key name --sort-dir asc --sort-key id --sort-dir desc -P 7 --vlan-filter 1,2 --tap-service-id x';
      await taas(`tap-flow-list ${flags} --tenant-id red`, { environment: { OS_ENDPOINT: server.url } });
    } finally {
      await server.close();
    }
    const order = 'sort_key=name&sort_key=id&sort_dir=asc&sort_dir=desc&limit=7';
    const filters = 'tap_service_id=x&vlan_filter=1%2C2&project_id=red';
    expect(asked).toEqual([`/v2.0/taas/tap_flows?${order}&${filters}`]);
  });

  test('and nobody else does', async () => {
    await fails('tap service list --tenant-id x', 2, "unknown option '--tenant-id'; see taas tap service list --help");
    await fails(
      'tap-flow-list --tenant-id x --project y',
      2,
      "option '--tenant-id <ID>' cannot be used with option '--project <PROJECT>'; see taas tap-flow-list --help",
    );
  });
});

describe('names', () => {
  test('with any character in them are found', async () => {
    const unit = fc.constantFrom(...'aB0 /\\%?#&=+.:;,@"\'`$<>|{}[]()~^_-*é日😀');
    const name = fc.string({ unit, minLength: 1, maxLength: 12 }).filter((text) => text === text.trim());
    const property = fc.asyncProperty(name, async (text) => {
      const id = await run(
        ['tap', 'service', 'create', '--port', 'sensor', `--name=${text}`, '-fvalue', '-cid'],
        environment(),
      );
      expect(id.stderr).toBe('');
      const shown = await run(['tap', 'service', 'show', '-fjson', '--', text], environment());
      expect(JSON.parse(shown.stdout)).toMatchObject({ id: id.stdout.trim(), name: text });
      const gone = await run(['tap', 'service', 'delete', '--', text], environment());
      expect(gone).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    });
    await fc.assert(property, { numRuns: 60, examples: [['.'], ['..'], ['-'], ['--help'], ['a/b'], ['%2e%2e']] });
  });

  test('that are an ID mean the one with that ID', async () => {
    const first = await made('tap service create --port sensor --name x');
    await made(`tap service create --port sensor --name ${first}`);
    expect(await printed(`tap service show ${first} -f value -c name`)).toBe('x\n');
  });

  test('that two have, or none', async () => {
    const ids = [
      await made('tap service create --port sensor --name x'),
      await made('tap service create --port web --name x'),
    ];
    const both = `More than one tap service has the name 'x': use an ID (${ids.join(', ')}).`;
    await fails('tap service show x', 1, both);
    await fails('tap flow create --port web --tap-service x --direction IN', 1, both);
    await fails(
      'tap flow create --port nix --tap-service y --direction IN',
      1,
      "No port with the name or ID 'nix' exists.",
    );
    const empty = await run(['port', 'show', ''], environment());
    expect(empty).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('an empty text is no name or ID of a port'),
    });
  });
});

const environment = (token: string = TOKEN.member) => ({ environment: { OS_ENDPOINT: api.url, OS_TOKEN: token } });

describe('delete', () => {
  test('goes on after an error, tells each, and then how many', async () => {
    for (const name of ['a', 'b']) await made(`tap service create --port sensor --name ${name}`);
    await fails(
      'tap service delete nix a .. b',
      1,
      "Failed to delete tap service with name or ID 'nix': No tap service with the name or ID 'nix' exists.",
      "Failed to delete tap service with name or ID '..': No tap service with the name or ID '..' exists.",
      'Failed to delete 2 of 4 tap service.',
    );
    expect(await printed('tap service list')).toBe('\n');
  });

  test('gives up when the trouble is not with the one', async () => {
    await fails(
      'tap service delete a b --os-token nobody',
      1,
      'The request you have made requires authentication. Is --os-token (OS_TOKEN) right?',
    );
  });
});

describe('--wait', () => {
  const service = 'tap service create --port sensor --name ids -f value -c status -c id';

  /** Runs it, and does something with the tap once it is there. */
  async function meanwhile(line: string, act: (id: string) => unknown, options?: RunOptions): Promise<Ran> {
    const running = taas(line, options);
    const id = await eventually(async () => (await printed('tap service list -f value -c ID')).trim() || undefined);
    await act(id);
    return await running;
  }

  test('returns when it is ACTIVE, and shows it so', async () => {
    const ran = await meanwhile(`${service} --wait`, (id) => api.report('tap_service', id, 'ACTIVE'));
    expect(ran).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^[0-9a-f-]{36}\nACTIVE\n$/) });
  });

  test('fails when it gets into ERROR, with the host whose log says why', async () => {
    const ran = await meanwhile(`${service} --wait`, (id) => api.report('tap_service', id, 'ERROR'));
    const [id] = ran.stdout.split('\n');
    expect(ran.stdout).toBe(`${id}\nERROR\n`);
    expect([ran.exitCode, ran.stderr]).toEqual([
      1,
      `taas: the tap service ids (${id}) is in ERROR; the log of the TaaS agent on host host-1 says why\n`,
    ]);
  });

  test('fails when it goes away', async () => {
    const ran = await meanwhile(`${service} --wait`, (id) => printed(`tap service delete ${id}`));
    expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('was deleted meanwhile') });
  });

  test('gives up after its time, and tells where to look', async () => {
    const { exitCode, stdout, stderr } = await taas(`${service} --wait --timeout 0.1`);
    const [id] = stdout.split('\n');
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      `${id}\nDOWN\n`,
      `taas: the tap service ids (${id}) is still DOWN after 0.1 seconds; does the TaaS agent on host host-1 run, and is the port plugged there?\n`,
    ]);
  });

  test('ends with 130 when the user has had enough, with what was made', async () => {
    const interruption = new AbortController();
    const options = { interrupted: interruption.signal };
    const ran = await meanwhile(`${service} --wait`, () => interruption.abort(), options);
    expect(ran).toMatchObject({
      exitCode: 130,
      stderr: 'taas: interrupted\n',
      stdout: expect.stringContaining('DOWN'),
    });
  });

  test('on delete returns when it is gone', async () => {
    const id = await made('tap service create --port sensor --name ids');
    await api.report('tap_service', id, 'ACTIVE');
    const running = taas('tap service delete ids --wait');
    await eventually(async () => (await printed(`tap service show ${id} -f value -c status`)) === 'PENDING_DELETE\n');
    await api.report('tap_service', id, 'INACTIVE');
    expect(await running).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('on delete gives up after its time, and tells where to look', async () => {
    const id = await made('tap service create --port sensor --name ids');
    await api.report('tap_service', id, 'ACTIVE');
    await fails(
      'tap service delete ids --wait --timeout 0.1',
      1,
      `Failed to delete tap service with name or ID 'ids': the tap service ids (${id}) is still PENDING_DELETE after 0.1 seconds; does the TaaS agent on host host-1 run?`,
      'Failed to delete 1 of 1 tap service.',
    );
  });

  test('has a spinner on a terminal, and leaves nothing of it behind', async () => {
    // The library of the spinner asks this process's own environment, and a CI server sets either.
    vi.stubEnv('CI', undefined).stubEnv('TERM', 'xterm');
    onTestFinished(() => void vi.unstubAllEnvs());
    const act = (id: string) => api.report('tap_service', id, 'ACTIVE');
    const { exitCode, stdout, stderr } = await meanwhile(`${service} --wait`, act, { terminal: true });
    expect([exitCode, stdout.split('\n')[1]]).toEqual([0, 'ACTIVE']);
    expect(stderr).toContain('the tap service ids (');
    expect(stderr.startsWith('\u001b[?25l')).toBe(true);
    expect(stderr.endsWith('\u001b[?25h')).toBe(true);
  });

  test.each(['0', '-1', 'soon', ''])('wants a time that is one, not %j', async (time) => {
    const { exitCode, stderr } = await run([...service.split(' '), '--wait', `--timeout=${time}`], environment());
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('It must be a number of seconds above 0')]);
    expect(await printed('tap service list')).toBe('\n');
  });
});

describe('a list on a terminal', () => {
  test.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
    [{ CI: 'true' }, true],
  ] as const)('with %j has colours: %s', async (environment, colours) => {
    await made('tap service create --port sensor');
    const { stdout } = await taas('tap service list', { environment, terminal: true });
    expect(stdout.includes('\u001b[33mDOWN\u001b[39m')).toBe(colours);
    expect(stdout).toContain('DOWN');
  });
});

describe('ports', () => {
  test('are listed with where they are, and shown', async () => {
    expect(JSON.parse(await printed('port list -f json --sort-column Name'))[1]).toEqual({
      ID: PORT.sensor,
      Name: 'sensor',
      MAC: 'fa:16:3e:00:00:00',
      Host: 'host-1',
      Status: 'ACTIVE',
      Project: 'red',
    });
    expect(JSON.parse(await printed('port show db -f json'))).toMatchObject({
      id: PORT.db,
      binding_host_id: 'host-1',
      status: 'DOWN',
    });
    const all = await run(['port', 'list', '--project', 'blue', '-fvalue', '-cName'], environment(TOKEN.admin));
    expect(all.stdout).toBe('foreign\n');
  });

  test('are given to a project, and back to whom their host says', async () => {
    const owner = async () => {
      const { stdout } = await run(['port', 'show', 'web', '-fvalue', '-cproject_id'], environment(TOKEN.admin));
      return stdout.trim();
    };
    const set = (...words: readonly string[]) => run(['port', 'set', 'web', ...words], environment(TOKEN.admin));
    expect(await set('--project', 'green')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await owner()).toBe('green');
    expect(await set('--no-project')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await owner()).toBe('red');
    expect(await set()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('give --project or --no-project'),
    });
    await fails('port set web --project green', 1, '(rule:update_port) is disallowed by policy');
  });
});

describe('who asks', () => {
  test.each([
    ['', {}, undefined, undefined],
    ['', { OS_PROJECT_ID: 'red' }, 'red', undefined],
    ['--os-project-id blue', { OS_PROJECT_ID: 'red' }, 'blue', undefined],
    ['', { OS_PROJECT_ID: 'red', OS_TOKEN: 't' }, undefined, 't'],
    ['--os-auth-type none', { OS_PROJECT_ID: 'red', OS_TOKEN: 't' }, 'red', undefined],
    ['--os-auth-type token --os-token u', { OS_TOKEN: 't' }, undefined, 'u'],
  ])('%s %j: the project %s, the token %s', async (flags, variables, project, token) => {
    const seen: unknown[] = [];
    const authenticate: ServeOptions['authenticate'] = async (headers) => {
      seen.push([headers['x-project-id'], headers['x-auth-token']]);
      return { projectId: 'red', role: 'admin' };
    };
    const open = await serve({ authenticate });
    try {
      const words = `port list ${flags}`.trim().split(' ');
      await run(words, { environment: { OS_ENDPOINT: open.url, ...variables } });
    } finally {
      await open.close();
    }
    expect(seen).toEqual([[project, token]]);
  });
});

describe('wrong words on the command line: which one, where to read on, exit 2, and nothing is done', () => {
  test.each([
    ['tap flow create --prot x', "required option '--port <PORT>' not specified; see taas tap flow create --help"],
    ['tap service show --foo x', "unknown option '--foo'; see taas tap service show --help"],
    [
      'tap service list --forma x',
      "unknown option '--forma' (Did you mean --format?); see taas tap service list --help",
    ],
    ['tap service shwo x', "unknown command 'shwo' (Did you mean show?); see taas tap service --help"],
    ['tap service show', "missing required argument 'service'; see taas tap service show --help"],
    ['tap service show a b', 'too many arguments'],
    ['tap service list -f xml', 'Allowed choices are table, json, yaml, csv, value; see'],
    ['tap service list -f shell', 'Allowed choices are table, json, yaml, csv, value; see'],
    ['tap service list -c Colour', 'there is no column Colour; there are ID, Tenant, Name, Port, Status; see'],
    ['tap service list --sort-column Colour', 'there is no column Colour'],
    ['tap service create --port sensor -c Colour', 'there is no column Colour'],
    ['tap service create --port sensor --timeout 3', '--timeout makes sense with --wait only; see'],
    ['tap service create --port sensor --project-domain d', '--project-domain makes sense with --project only; see'],
    ['tap flow create --port web --tap-service x --direction up', 'Allowed choices are IN, OUT, BOTH; see'],
    ['tap service update ids', 'there is nothing to change: give --name or --description; see'],
    ['help tap fly', 'there is no command tap fly'],
    ['--os-endpoint', "option '--os-endpoint <URL>' argument missing; see taas --help"],
  ])('%s', async (line, sentence) => {
    const { exitCode, stdout, stderr } = await taas(line);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^taas: [^\n]*\n$/);
    expect(stderr).toContain(sentence);
    expect(await printed('tap service list')).toBe('\n');
  });

  test.each(['tap', 'tap flow', 'port', 'completion'])('%s alone is told what there is', async (words) => {
    const { exitCode, stdout, stderr } = await taas(words);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Usage: taas ${words}`);
  });
});
