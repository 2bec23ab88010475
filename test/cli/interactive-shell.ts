import { existsSync } from 'node:fs';
import { execa } from 'execa';
import { eventually } from '../support/eventually.ts';

export type ShellName = 'bash' | 'zsh';

const START: {
  readonly [Name in ShellName]: { readonly file: string; readonly command: string; readonly prepare: string };
} = {
  bash: { file: '/bin/bash', command: 'bash --norc --noprofile -i', prepare: 'bind "set enable-bracketed-paste off"' },
  zsh: { file: '/usr/bin/zsh', command: 'zsh -f -i', prepare: 'autoload -Uz compinit; compinit -D -u; unsetopt BEEP' },
};

export function isInstalled(name: ShellName): boolean {
  return existsSync(START[name].file);
}

function start(command: string, env: Readonly<Record<string, string>>) {
  // script(1) gives it a terminal, without which no shell completes anything.
  return execa('script', ['-qec', command, '/dev/null'], {
    env: { TERM: 'xterm', LANG: 'C.UTF-8', INPUTRC: '/dev/null', ...env },
    stdin: 'pipe',
    reject: false,
    forceKillAfterDelay: 2_000,
  });
}

/** A shell on a terminal, where somebody types. It ends with this process, which holds its input. */
export class InteractiveShell {
  readonly #process: ReturnType<typeof start>;
  #seen = '';

  private constructor(process: ReturnType<typeof start>) {
    this.#process = process;
    process.stdout?.on('data', (chunk: Buffer) => {
      this.#seen += chunk.toString('utf8');
    });
  }

  /** @param script a file that it reads first. */
  static async start(
    name: ShellName,
    script: string,
    env: Readonly<Record<string, string>>,
  ): Promise<InteractiveShell> {
    const { command, prepare } = START[name];
    const shell = new InteractiveShell(start(command, env));
    // The quotes keep what is typed from being taken for what is printed.
    await shell.type(`${prepare}; source ${script}; echo REA""DY`, /^READY\r?$/m);
    return shell;
  }

  /** Types a line, TAB being that key, and waits for the output; answers it, without the terminal's own characters. */
  async type(line: string, output: RegExp): Promise<string> {
    this.#seen = '';
    this.#process.stdin.write(`${line.replaceAll('TAB', '\t')}\n`);
    const found = () => output.exec(this.#seen)?.[0].trim();
    try {
      return await eventually(found, { what: `the output of ${line}`, timeoutMs: 60_000 });
    } catch (error) {
      throw new Error(`the shell printed ${JSON.stringify(this.#seen)}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    this.#process.stdin.end('\u0003exit\n');
    this.#process.kill('SIGHUP');
    await this.#process;
  }
}
