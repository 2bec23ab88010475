import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { InteractiveShell } from '../cli/interactive-shell.ts';
import { eventually } from '../support/eventually.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { freePort } from '../support/free-port.ts';
import { prepareServer } from '../support/server.ts';
import type { Vm } from '../support/vm.ts';
import { type Ran, runProgram } from './run-program.ts';

const DIST = join(import.meta.dirname, '../../dist');
const TAAS = join(DIST, 'taas');

let fleet: Fleet;
let sensor: Vm;
let web: Vm;

beforeAll(async () => {
  fleet = await startFleet({ agent: { port_grace_seconds: 1 } });
  sensor = await fleet.vm({ name: 'sensor', tag: 9, externalIds: { 'port-name': 'ids-0', 'project-id': 'default' } });
  web = await fleet.vm({ name: 'web', tag: 5, externalIds: { 'port-name': 'web 0/ä', 'project-id': 'default' } });
});
afterAll(() => fleet?.stop());
afterEach(async () => {
  const services = (await fleet.api.list('tap_service')).map(({ id }) => id);
  for (const id of services) await fleet.api.delete('tap_service', id);
  await fleet.api.gone('tap_service', ...services);
});

const environment = () => ({ OS_ENDPOINT: fleet.server.url, NO_COLOR: '' });

function taas(...words: readonly string[]): Promise<Ran> {
  return runProgram(words, environment(), TAAS);
}

/** What it prints, if it succeeds. */
async function printed(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await taas(...words);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

const makeService = (...more: readonly string[]) =>
  printed('tap', 'service', 'create', '--port', 'ids-0', '--name', 'ids', ...more);

describe.each([
  ['as in openstackclient', ['tap', 'service'], ['tap', 'flow']],
  ['as in the API reference', ['tap-service'], ['tap-flow']],
])('the ten commands, named %s, with a server, a broker, an agent and a switch', (_, service, flow) => {
  const named = (group: readonly string[], verb: string) =>
    group.length === 1 ? [`${group[0]}-${verb}`] : [...group, verb];

  test('work, by names, and wait until the switch has done it', async () => {
    const ids = await printed(...named(service, 'create'), '--port', 'ids-0', '--name', 'ids', '--wait', '-f', 'json');
    const madeService = JSON.parse(ids);
    expect(madeService).toEqual({
      description: '',
      id: expect.any(String),
      name: 'ids',
      port_id: sensor.portId,
      project_id: 'default',
      status: 'ACTIVE',
    });
    const create = [...named(flow, 'create'), '--port', 'web 0/ä', '--tap-service', 'ids', '--direction', 'both'];
    const madeFlow = JSON.parse(await printed(...create, '--name', 'web', '--wait', '-f', 'json'));
    expect(madeFlow).toMatchObject({ direction: 'BOTH', source_port: web.portId, status: 'ACTIVE', vlan_filter: null });

    expect(await printed(...named(flow, 'list'))).toBe(
      [
        '+--------------------------------------+---------+------+--------+--------------------------------------+--------------------------------------+-----------+',
        '| ID                                   | Tenant  | Name | Status | source_port                          | tap_service_id                       | Direction |',
        '+--------------------------------------+---------+------+--------+--------------------------------------+--------------------------------------+-----------+',
        `| ${madeFlow.id} | default | web  | ACTIVE | ${web.portId} | ${madeService.id} | BOTH      |`,
        '+--------------------------------------+---------+------+--------+--------------------------------------+--------------------------------------+-----------+',
      ].join('\n'),
    );
    expect(await printed(...named(service, 'list'), '-f', 'value')).toBe(
      `${madeService.id} default ids ${sensor.portId} ACTIVE`,
    );
    expect(JSON.parse(await printed(...named(flow, 'show'), 'web', '-f', 'json'))).toEqual(madeFlow);
    expect(JSON.parse(await printed(...named(service, 'show'), madeService.id, '-f', 'json'))).toEqual(madeService);
    expect(await printed(...named(flow, 'update'), 'web', '--name', 'w', '-f', 'value', '-c', 'name')).toBe('w');
    expect(await printed(...named(service, 'update'), 'ids', '--description', 'd', '-f', 'shell')).toContain(
      "description='d'",
    );

    expect(await printed(...named(flow, 'delete'), 'w', '--wait')).toBe('');
    expect(await fleet.api.list('tap_flow')).toEqual([]);
    expect(await printed(...named(service, 'delete'), 'ids', '--wait')).toBe('');
    expect(await fleet.api.list('tap_service')).toEqual([]);
  });
});

describe('ports', () => {
  test('are listed with where they are', async () => {
    const rows = JSON.parse(await printed('port', 'list', '-f', 'json', '--sort-column', 'Name'));
    const row = { Host: 'host-1', Status: 'ACTIVE', Project: 'default' };
    expect(rows).toEqual([
      { ...row, ID: sensor.portId, Name: 'ids-0', MAC: sensor.mac },
      { ...row, ID: web.portId, Name: 'web 0/ä', MAC: web.mac },
    ]);
  });

  test('are given to a project by an administrator', async () => {
    await printed('port', 'set', 'ids-0', '--project', 'blue');
    expect(await printed('port', 'show', 'ids-0', '-f', 'value', '-c', 'project_id')).toBe('blue');
    await printed('port', 'set', 'ids-0', '--no-project');
    expect(await printed('port', 'show', sensor.portId, '-f', 'value', '-c', 'project_id')).toBe('default');
  });
});

describe('what goes wrong', () => {
  test('on the host is found in the log that the sentence names', async () => {
    const vm = await fleet.vm({ name: 'gone', tag: 7, externalIds: { 'port-name': 'gone' } });
    await vm.unplug();
    const words = [
      'tap',
      'service',
      'create',
      '--port',
      vm.portId,
      '--wait',
      '-f',
      'value',
      '-c',
      'id',
      '-c',
      'status',
    ];
    const { exitCode, stdout, stderr } = await taas(...words);
    const [id = ''] = stdout.split('\n');
    expect([exitCode, stdout]).toEqual([1, `${id}\nERROR`]);
    expect(stderr).toBe(`taas: the tap service ${id} is in ERROR; the log of the TaaS agent on host host-1 says why`);
    const lines = fleet.host.agent.log().filter((line) => JSON.stringify(line).includes(id));
    expect(lines.map(({ level }) => level)).toContain('error');
  });

  test('is told by the server, in its words', async () => {
    await makeService();
    const loop = await taas('tap', 'flow', 'create', '--port', 'ids-0', '--tap-service', 'ids', '--direction', 'IN');
    expect(loop.exitCode).toBe(1);
    expect(loop.stderr).toMatch(/^taas: The copies of port .* would come back to it/);
    const filter = ['--vlan-filter', '5000', '--direction', 'IN'];
    const wrong = await taas('tap', 'flow', 'create', '--port', web.portId, '--tap-service', 'ids', ...filter);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      1,
      "taas: Invalid input for vlan_filter. Reason: '5000' is not a valid input.",
    ]);
  });

  test('in the middle of several deletes keeps none of the others', async () => {
    await makeService();
    await makeService();
    const ids = (await fleet.api.list('tap_service')).map(({ id }) => id);
    const { exitCode, stderr } = await taas('tap', 'service', 'delete', 'ids', 'nix', ...ids, '--wait');
    expect([exitCode, stderr.split('\n')]).toEqual([
      1,
      [
        `taas: Failed to delete tap service with name or ID 'ids': More than one tap service has the name 'ids': use an ID (${ids.join(', ')}).`,
        "taas: Failed to delete tap service with name or ID 'nix': No tap service with the name or ID 'nix' exists.",
        'taas: Failed to delete 2 of 4 tap service.',
      ],
    ]);
    expect(await fleet.api.list('tap_service')).toEqual([]);
  });
});

describe('the program', () => {
  test('finds nobody: a sentence, exit 1', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { exitCode, stdout, stderr } = await taas('port', 'list', '--os-endpoint', url);
    expect([exitCode, stdout, stderr.split('\n').length]).toEqual([1, '', 1]);
    expect(stderr).toContain(`nothing listens at ${url}`);
  });

  test('is used wrongly: a sentence, exit 2', async () => {
    const { exitCode, stdout, stderr } = await taas('tap', 'flow', 'creat');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe("taas: unknown command 'creat' (Did you mean create?); see taas tap flow --help");
  });

  test('writes to a reader that has had enough: no failure', async () => {
    const line = '{ "$1" --help; echo "$?" >&2; } | { exec <&-; sleep 1; }';
    const { stderr } = await execa('bash', ['-c', line, 'bash', TAAS]);
    expect(stderr).toBe('0');
  });

  test('writes to a full disk: a sentence, exit 1', async () => {
    const { exitCode, stderr } = await execa('bash', ['-c', '"$1" --help >/dev/full', 'bash', TAAS], { reject: false });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^taas: the output cannot be written: ENOSPC.*$/)]);
  });
});

describe('on a terminal', () => {
  const inTerminal = (line: string, more: Readonly<Record<string, string>> = {}) =>
    execa('script', ['-qec', line, '/dev/null'], {
      env: { ...environment(), TERM: 'xterm', CI: undefined, PATH: `${DIST}:${process.env['PATH']}`, ...more },
      stdin: 'pipe',
      reject: false,
    });

  test('a list has colours, unless they are not wanted', async () => {
    await makeService('--wait');
    const list = 'taas tap service list';
    expect((await inTerminal(list)).stdout).toContain('\u001b[32mACTIVE\u001b[39m');
    expect((await inTerminal(list, { NO_COLOR: '1' })).stdout).not.toContain('\u001b');
    expect((await inTerminal(`${list} | cat`)).stdout).not.toContain('\u001b');
  });

  test('a wait has a spinner, and Ctrl-C ends it with 130, what was made, and the cursor back', async () => {
    await fleet.host.agent.stop();
    try {
      const running = inTerminal('taas tap service create --port ids-0 --name ids --wait');
      let seen = '';
      running.stdout.on('data', (chunk: Buffer) => {
        seen += chunk.toString('utf8');
      });
      await eventually(() => seen.includes(': DOWN'), { what: 'the spinner' });
      running.stdin.write('\u0003');
      const { exitCode, stdout } = await running;
      expect(exitCode).toBe(130);
      expect(stdout).toContain('| name        | ids ');
      expect(stdout).toContain('interrupted');
      expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
    } finally {
      await fleet.host.agent.start();
    }
    await eventually(async () => (await printed('tap', 'service', 'show', 'ids', '-f', 'value')).endsWith('ACTIVE'));
  });

  test('without one, SIGINT ends a wait likewise, and nothing moves', async () => {
    await fleet.host.agent.stop();
    try {
      const words = ['tap', 'service', 'create', '--port', 'ids-0', '--wait', '-f', 'value', '-c', 'status'];
      const running = execa(TAAS, words, { env: environment(), reject: false });
      await eventually(async () => (await fleet.api.list('tap_service')).length === 1);
      running.kill('SIGINT');
      const { exitCode, stdout, stderr } = await running;
      expect([exitCode, stdout, stderr]).toEqual([130, 'DOWN', 'taas: interrupted']);
    } finally {
      await fleet.host.agent.start();
    }
  });

  test('bash completes the names of what is there', async () => {
    await makeService();
    const file = join(fleet.server.folder, 'completion.bash');
    await execa('bash', ['-c', '"$1" completion bash >"$2"', 'bash', TAAS, file]);
    const env = { ...environment(), PATH: `${DIST}:${process.env['PATH']}`, HOME: fleet.server.folder };
    const shell = await InteractiveShell.start('bash', file, env);
    try {
      const shown = await shell.type('taas port show webTAB-f value -c id', /^[0-9a-f-]{36}\r?$/m);
      expect(shown).toBe(web.portId);
      expect(await shell.type('taas tap service show iTAB-c port_id -f value', /^[0-9a-f-]{36}\r?$/m)).toBe(
        sensor.portId,
      );
    } finally {
      await shell.stop();
    }
  });
});

test('with tokens, each sees and changes what is its own', async () => {
  // The reports of agents are for one server at a time.
  await fleet.server.stop();
  const auth = { strategy: 'tokens', tokens_file: join(fleet.server.folder, 'tokens') };
  const server = await prepareServer({ brokerUrl: fleet.broker.url, settings: { auth } });
  try {
    const token = async (name: string, project: string, role: string) => {
      const words = ['--config', server.config, '--name', name, '--project', project, '--role', role];
      return (await execa(server.program, ['token', 'create', ...words])).stdout.trim();
    };
    const reader = await token('eve', 'default', 'reader');
    const stranger = await token('sam', 'blue', 'member');
    await server.start();
    const as = (OS_TOKEN: string, ...words: string[]) =>
      runProgram(words, { ...environment(), OS_ENDPOINT: server.url, OS_TOKEN }, TAAS);
    const listed = async () =>
      (await as(reader, 'port', 'list', '-f', 'value', '-c', 'Name', '--sort-column', 'Name')).stdout;
    await eventually(async () => (await listed()) === 'ids-0\nweb 0/ä');
    expect((await as(stranger, 'port', 'list', '-f', 'value')).stdout).toBe('');
    expect(await as(reader, 'tap', 'service', 'create', '--port', 'ids-0')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'taas: (rule:create_tap_service) is disallowed by policy',
    });
    const wrong = await as('very-secret', 'port', 'list');
    expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining('Is --os-token (OS_TOKEN) right?')]);
    expect(wrong.stderr).not.toContain('very-secret');
  } finally {
    await server.remove();
    await fleet.server.start();
  }
});
