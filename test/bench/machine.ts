import { readFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the figures were measured on and with: words for a table. */
export type Machine = Readonly<Record<'machine' | 'system' | 'disk' | 'taas-agent' | 'software', string>>;

/** PRETTY_NAME of os-release(5). */
function distribution(): string {
  const found = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'));
  return found?.[1] ?? 'an unknown system';
}

/** The version of the sources, as Git knows them. */
async function revision(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  try {
    const commit = await runCommand('git', ['-C', ROOT, 'describe', '--always', '--dirty', '--exclude=*']);
    return `${version}, commit ${commit}`;
  } catch {
    // An unpacked release is in no repository.
    return version;
  }
}

/** `broker` is the version of RabbitMQ, as it tells it to its clients. */
export async function describeMachine(broker: string): Promise<Machine> {
  const [processor] = cpus();
  const ovs = /\d+(\.\d+)+/.exec(await runCommand('ovs-vswitchd', ['--version']))?.[0] ?? 'unknown';
  return {
    machine: `${processor?.model ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${distribution()}, Linux ${release()}`,
    disk: await runCommand('stat', ['--file-system', '--format=%T', tmpdir()]),
    'taas-agent': await revision(),
    software: `Node ${process.version}, Open vSwitch ${ovs} (userspace datapath), RabbitMQ ${broker}`,
  };
}
