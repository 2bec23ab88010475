import { join } from 'node:path';
import { execa } from 'execa';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { runCommand } from './run-command.ts';
import { SupportError } from './support-error.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A broker on a small, busy machine takes half a minute. */
const HEALTHY_LIMIT_MS = 300_000;

export interface Typed {
  readonly exitCode: number | undefined;
  /** Standard output and standard error together. */
  readonly output: string;
}

/** Compose 2 is a plugin of docker, 1.29 a program of its own. */
async function composeCommand(): Promise<readonly [string, ...string[]]> {
  const plugin = await execa('docker', ['compose', 'version'], { reject: false });
  return plugin.exitCode === 0 ? ['docker', 'compose'] : ['docker-compose'];
}

/** The arguments as people type them, for where nobody is at a terminal; 1.29 has no `up --wait`, so the waiting is ours. */
function unattended([verb, ...rest]: readonly string[]): readonly string[] {
  if (verb === 'exec') return ['exec', '-T', ...rest];
  return [verb ?? '', ...rest.filter((word) => word !== '--wait' || verb !== 'up')];
}

/** What docker-compose.yml describes, as a project of a test's own: its own images, volumes, network and published port. */
export class Compose {
  /** Where taas-server is published. */
  readonly url: string;
  readonly #command: readonly [string, ...string[]];
  readonly #name: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(command: readonly [string, ...string[]], port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#command = command;
    this.#name = `taas-test-${process.pid}`;
    this.#env = { COMPOSE_PROJECT_NAME: this.#name, TAAS_TAG: this.#name, TAAS_PORT: String(port) };
  }

  static async prepare(): Promise<Compose> {
    return new Compose(await composeCommand(), await freePort());
  }

  /** Runs a command line that begins with `docker compose`; `up` and `restart` end when everything is healthy. */
  async type(line: string): Promise<Typed> {
    const words = line.replace(/^docker compose /, '').split(' ');
    const [file, ...first] = this.#command;
    const options = { cwd: ROOT, env: this.#env, reject: false, stdin: 'ignore' } as const;
    const { exitCode, stdout, stderr } = await execa(file, [...first, ...unattended(words)], options);
    const output = `${stdout}\n${stderr}`;
    if (exitCode === 0 && ['up', 'restart'].includes(words[0] ?? '')) await this.#healthy();
    return { exitCode, output };
  }

  /** A field of each container as docker inspects it, a Go template, in the order of their names. */
  async inspect(template: string): Promise<readonly string[]> {
    const { output } = await this.type('docker compose ps --all --quiet');
    const lines = await runCommand('docker', [
      'inspect',
      '--format',
      `{{.Name}} ${template}`,
      ...output.trim().split('\n'),
    ]);
    return lines
      .split('\n')
      .sort()
      .map((line) => line.slice(line.indexOf(' ') + 1));
  }

  async #healthy(): Promise<void> {
    const allHealthy = async () => {
      const states = await this.inspect('{{.State.Status}} {{.State.Health.Status}}');
      if (states.some((state) => state.startsWith('exited'))) {
        throw new SupportError(
          'process-ended',
          `a container has ended: ${(await this.type('docker compose logs')).output}`,
        );
      }
      return states.every((state) => state === 'running healthy');
    };
    await eventually(allHealthy, { what: 'healthy containers', timeoutMs: HEALTHY_LIMIT_MS, intervalMs: 500 });
  }

  /** Leaves no container, volume, network or image behind; the layers that make the next build quick stay. */
  async remove(): Promise<void> {
    await this.type('docker compose down --volumes --remove-orphans');
    const images = await runCommand('docker', ['image', 'ls', '--quiet', '--filter', `reference=taas-*:${this.#name}`]);
    if (images !== '') await runCommand('docker', ['image', 'rm', '--force', ...new Set(images.split('\n'))]);
  }
}
