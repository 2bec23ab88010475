import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { runCommand } from './run-command.ts';

/** The machine in a few words, the number of its cores first. */
export function machineText(): string {
  const [{ model } = { model: 'unknown processor' }, ...others] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
  return `${others.length + 1} cores, ${model.trim()}, ${memory}`;
}

function osName(): string {
  return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
}

/** Without Debian's own revision: 3.1.0 of 3.1.0-2+deb12u1. */
async function packageVersion(name: string): Promise<string> {
  const status = await runCommand('dpkg-query', ['--status', name]);
  return /^Version: (?:\d+:)?(.+?)(?:-[^-]*)?$/m.exec(status)?.[1] ?? 'unknown';
}

/** What the tests ran with, by name. */
export async function softwareVersions(): Promise<Readonly<Record<string, string>>> {
  return {
    Node: process.versions.node,
    'Open vSwitch': await packageVersion('openvswitch-switch'),
    RabbitMQ: await packageVersion('rabbitmq-server'),
    Linux: /^[\d.]+/.exec(release())?.[0] ?? release(),
    on: osName(),
  };
}
