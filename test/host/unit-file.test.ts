import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { describeSettings } from '../settings/describe-settings.ts';
import { addFolder, type Folder } from '../support/folder.ts';

const text = readFileSync(join(import.meta.dirname, '../../systemd/taas-agent.service'), 'utf8');

/** All values of a key, in whatever section. */
const valuesOf = (key: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1));

let folder: Folder;
beforeEach(async () => {
  folder = await addFolder('unit');
});
afterEach(() => folder.remove());

/** What systemd has to say about a unit with this text; that the agent is not installed here is left out. */
async function complaints(unit: string): Promise<readonly string[]> {
  const path = join(folder.path, 'taas-agent.service');
  await writeFile(path, unit.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'));
  const { all, exitCode } = await execa('systemd-analyze', ['verify', '--man=no', path], { all: true, reject: false });
  // Units of this machine that ours refers to may have faults of their own.
  const lines = all.split('\n').filter((line) => line.includes('taas-agent'));
  return exitCode === 0 ? lines : [...lines, `exit code ${exitCode}`];
}

describe('the systemd unit', () => {
  test('is right in the eyes of systemd', async () => {
    expect(await complaints(text)).toEqual([]);
    expect(await complaints(`${text}Wathcdog=1\n`)).toEqual([expect.stringContaining('Wathcdog')]);
  });

  test('fits how the agent talks to systemd, is reloaded and stopped', () => {
    expect(valuesOf('Type')).toEqual(['notify']);
    expect(valuesOf('NotifyAccess')).toEqual(['all']);
    expect(valuesOf('WatchdogSec')).toEqual(['60']);
    expect(valuesOf('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    expect(valuesOf('KillMode')).toEqual(['mixed']);
    expect(valuesOf('Restart')).toEqual(['always']);
    expect(valuesOf('RestrictAddressFamilies')[0]?.split(' ')).toEqual(
      expect.arrayContaining(['AF_UNIX', 'AF_INET', 'AF_INET6']),
    );
  });

  test("gives the agent the folder that the settings' default names, and room for Open vSwitch's sockets", () => {
    const stateDir = describeSettings(agentModel).find((setting) => setting.key === 'state_dir')?.default;
    expect(valuesOf('StateDirectory').map((name) => `/var/lib/${name}`)).toEqual([stateDir]);
    expect(valuesOf('ReadWritePaths')).toEqual(['/run']);
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
  });
});
