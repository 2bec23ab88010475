import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { serverModel } from '../../src/settings/server-settings.ts';
import { describeSettings } from '../settings/describe-settings.ts';
import { addFolder, type Folder } from '../support/folder.ts';

/** A program's unit, and where its settings keep what must survive. */
function unitOf(name: string, model: Parameters<typeof describeSettings>[0], key: string) {
  const text = readFileSync(join(import.meta.dirname, `../../systemd/${name}.service`), 'utf8');
  const stateSetting = describeSettings(model).find((setting) => setting.key === key);
  /** All values of a key, in whatever section. */
  const valuesOf = (wanted: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${wanted}=`))
      .map((line) => line.slice(wanted.length + 1));
  return { name, text, valuesOf, state: stateSetting?.default ?? '' };
}

const agent = unitOf('taas-agent', agentModel, 'state_dir');
const server = unitOf('taas-server', serverModel, 'database');

let folder: Folder;
beforeEach(async () => {
  folder = await addFolder('unit');
});
afterEach(() => folder.remove());

/** What systemd has to say about a unit with this text; that the program is not installed here is left out. */
async function complaints(name: string, unit: string): Promise<readonly string[]> {
  const path = join(folder.path, `${name}.service`);
  await writeFile(path, unit.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'));
  const { all, exitCode } = await execa('systemd-analyze', ['verify', '--man=no', path], { all: true, reject: false });
  // Units of this machine that ours refers to may have faults of their own.
  const lines = all.split('\n').filter((line) => line.includes(name));
  return exitCode === 0 ? lines : [...lines, `exit code ${exitCode}`];
}

describe.each([agent, server])('the systemd unit of $name', ({ name, text, valuesOf, state }) => {
  test('is right in the eyes of systemd', async () => {
    expect(await complaints(name, text)).toEqual([]);
    expect(await complaints(name, `${text}Wathcdog=1\n`)).toEqual([expect.stringContaining('Wathcdog')]);
  });

  test('fits how the program is started, talks to systemd, is reloaded and stopped', () => {
    expect(valuesOf('ExecStart')).toEqual([`/opt/taas-agent/dist/${name} --config /etc/${name}/${name}.yaml`]);
    expect(valuesOf('Type')).toEqual(['notify']);
    expect(valuesOf('NotifyAccess')).toEqual(['all']);
    expect(valuesOf('WatchdogSec')).toEqual(['60']);
    expect(valuesOf('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    expect(valuesOf('KillMode')).toEqual(['mixed']);
    expect(valuesOf('Restart')).toEqual(['always']);
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
    expect(valuesOf('RestrictAddressFamilies')[0]?.split(' ')).toEqual(
      expect.arrayContaining(['AF_UNIX', 'AF_INET', 'AF_INET6']),
    );
  });

  test("gives the program the folder that the settings' default names", () => {
    const [directory] = valuesOf('StateDirectory');
    expect([state, dirname(state)]).toContain(`/var/lib/${directory}`);
    expect(valuesOf('StateDirectory')).toHaveLength(1);
    expect(valuesOf('StateDirectoryMode')).toEqual(['0700']);
    expect(valuesOf('ProtectSystem')).toEqual(['strict']);
  });
});

test("the agent's unit gives room for Open vSwitch's sockets", () => {
  expect(agent.valuesOf('ReadWritePaths')).toEqual(['/run']);
});

test("the server's unit gives a user of its own, who has no privilege and writes to the state folder alone", () => {
  expect(server.valuesOf('User')).toEqual(['taas-server']);
  expect(server.valuesOf('CapabilityBoundingSet')).toEqual(['']);
  expect(server.valuesOf('AmbientCapabilities')).toEqual(['']);
  expect(server.valuesOf('NoNewPrivileges')).toEqual(['yes']);
  expect(server.valuesOf('ReadWritePaths')).toEqual([]);
  expect(server.valuesOf('SystemCallFilter')).toEqual(['@system-service', '~@privileged @resources']);
});
