import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { addFolder, type Folder } from './folder.ts';
import { SupportError } from './support-error.ts';

const COMMANDS = join(import.meta.dirname, 'openstack-commands.py');
const PYTHON = '/usr/bin/python3';
/** Python takes a while to start, longer where other tests run beside it. */
const LIMIT_MS = 60_000;

export interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

type Answer = Said & { readonly number: number };

const withoutLastNewline = (text: string) => text.replace(/\n$/, '');

/** The variables of whoever runs the tests do not count, nor does a clouds.yaml of theirs. */
function options(home: string) {
  const env = { PATH: '/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8' };
  return { env, extendEnv: false, cwd: home, reject: false } as const;
}

/** See openstack-commands.py. */
function startCommands(home: string, hear: (answer: Answer) => void) {
  const running = execa(PYTHON, [COMMANDS], { ...options(home), stdin: 'pipe' });
  createInterface({ input: running.stdout }).on('line', (line) => hear(JSON.parse(line) as Answer));
  return {
    tell: (command: object) => running.stdin.write(`${JSON.stringify(command)}\n`),
    end: () => running.stdin.end(),
    ended: running.then(({ stderr }) => stderr),
  };
}

/** Debian's python3-openstackclient, with the commands of python3-neutron-taas, as a user of its own. */
export class Openstack {
  readonly #folder: Folder;
  readonly #commands: ReturnType<typeof startCommands>;
  readonly #waiting = new Map<number, (said: Said) => void>();
  #last = 0;

  private constructor(folder: Folder) {
    this.#folder = folder;
    this.#commands = startCommands(folder.path, (answer) => this.#hear(answer));
  }

  static async start(): Promise<Openstack> {
    return new Openstack(await addFolder('openstack'));
  }

  #hear({ number, exitCode, stdout, stderr }: Answer): void {
    this.#waiting.get(number)?.({
      exitCode,
      stdout: withoutLastNewline(stdout),
      stderr: withoutLastNewline(stderr),
    });
    this.#waiting.delete(number);
  }

  /** One run of it, with further variables; never throws for an exit code. */
  run(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Said> {
    this.#last += 1;
    const number = this.#last;
    const said = new Promise<Said>((resolve) => this.#waiting.set(number, resolve));
    this.#commands.tell({ number, words, env });
    const over = this.#commands.ended.then((stderr) => {
      throw new SupportError('process-ended', `${COMMANDS} has ended: ${stderr}`);
    });
    return Promise.race([said, over]);
  }

  /** Runs a Python script beside the client's libraries. */
  async python(script: string, ...words: readonly string[]): Promise<Said> {
    const { exitCode, stdout, stderr } = await execa(PYTHON, ['-W', 'ignore', script, ...words], {
      ...options(this.#folder.path),
      stdin: 'ignore',
      timeout: LIMIT_MS,
    });
    return { exitCode, stdout, stderr };
  }

  /** Ends what still runs, and leaves no file behind. */
  async remove(): Promise<void> {
    this.#commands.end();
    await this.#commands.ended;
    await this.#folder.remove();
  }
}
