import { execa } from 'execa';
import { SupportError } from './support-error.ts';

/** Runs a program and answers its standard output. Throws SupportError `command-failed` with what it wrote to standard error. */
export async function runCommand(
  file: string,
  args: readonly string[],
  { input, env }: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const result = await execa(file, args, {
    reject: false,
    ...(input === undefined ? {} : { input }),
    ...(env === undefined ? {} : { env }),
  });
  if (result.exitCode === 0) return result.stdout;
  const said = [result.stderr, result.stdout].filter((text) => text !== '').join('\n');
  const why = said === '' ? result.shortMessage : said;
  throw new SupportError('command-failed', `${[file, ...args].join(' ')}: ${why}`, { cause: result });
}
