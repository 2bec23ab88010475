import { own } from './own.ts';
import { runCommand } from './run-command.ts';

/** A network namespace (ip-netns(8)) of this test process: IPv6 is off in it until wanted, so that nothing talks unasked. */
export interface Namespace {
  readonly name: string;
  /** Runs a program in it and answers its standard output. Throws SupportError `command-failed`. */
  exec(file: string, args: readonly string[], input?: string | Uint8Array): Promise<string>;
  /** `ip -n NAME ...` */
  ip(...args: readonly string[]): Promise<string>;
  /** The arguments that make `ip` run a program in it, for startProcess. */
  command(file: string, args: readonly string[]): readonly string[];
  setIpv6(enabled: boolean): Promise<void>;
  remove(): Promise<void>;
}

let created = 0;

/** Makes a namespace with a name of its own, the loopback up. */
export async function addNamespace(label: string): Promise<Namespace> {
  created += 1;
  const name = `taas-${process.pid}-${created}-${label}`;
  await runCommand('ip', ['netns', 'add', name]);
  const disown = own({ kind: 'namespace', name });
  const command = (file: string, args: readonly string[]) => ['netns', 'exec', name, file, ...args];
  const exec = (file: string, args: readonly string[], input?: string | Uint8Array) =>
    runCommand('ip', command(file, args), input === undefined ? {} : { input });
  const setIpv6 = async (enabled: boolean) => {
    const value = enabled ? 0 : 1;
    const keys = ['all', 'default'].map((scope) => `net.ipv6.conf.${scope}.disable_ipv6=${value}`);
    await exec('sysctl', ['-q', '-w', ...keys]);
  };
  const remove = async () => {
    await runCommand('ip', ['netns', 'delete', name]);
    disown();
  };
  const ip = (...args: readonly string[]) => runCommand('ip', ['-n', name, ...args]);
  await setIpv6(false);
  await ip('link', 'set', 'lo', 'up');
  return { name, exec, ip, command, setIpv6, remove };
}
