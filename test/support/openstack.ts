import { execa } from 'execa';
import { addFolder } from './folder.ts';

const PROGRAM = '/usr/bin/openstack';
/** Python takes a while to start, longer where other tests run beside it. */
const LIMIT_MS = 60_000;

export interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Debian's python3-openstackclient, with the commands of python3-neutron-taas, as a user of its own. */
export interface Openstack {
  /** One run of it; never throws for an exit code. */
  run(settings: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Said>;
  /** Runs a Python script beside the client's libraries. */
  python(script: string, ...words: readonly string[]): Promise<Said>;
  remove(): Promise<void>;
}

/** The variables of whoever runs the tests do not count, nor does a clouds.yaml of theirs. */
export async function openstack(): Promise<Openstack> {
  const home = await addFolder('openstack');
  const start = async (file: string, words: readonly string[], settings: Readonly<Record<string, string>>) => {
    const env = { PATH: '/usr/bin:/bin', HOME: home.path, LANG: 'C.UTF-8', ...settings };
    const options = {
      env,
      extendEnv: false,
      cwd: home.path,
      stdin: 'ignore',
      reject: false,
      timeout: LIMIT_MS,
    } as const;
    const { exitCode, stdout, stderr } = await execa(file, words, options);
    return { exitCode, stdout, stderr };
  };
  return {
    run: (settings, ...words) => start(PROGRAM, words, settings),
    python: (script, ...words) => start('/usr/bin/python3', ['-W', 'ignore', script, ...words], {}),
    remove: () => home.remove(),
  };
}
