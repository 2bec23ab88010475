import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export const readRootFile = (name: string) => readFileSync(join(ROOT, name), 'utf8');

/** The words of each instruction of that name, such as COPY; a line that ends in a backslash goes on. */
function instructions(name: string): readonly (readonly string[])[] {
  return readRootFile('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => (line.startsWith(`${name} `) ? [line.trim().split(/\s+/).slice(1)] : []));
}

interface Stage {
  readonly base: string;
  readonly name: string;
}

/** `FROM base AS name` */
export const stages: readonly Stage[] = instructions('FROM').map(([base = '', , name = '']) => ({ base, name }));

/** The images that are not stages of the Dockerfile itself. */
export const baseImages: readonly string[] = [
  ...new Set(stages.map(({ base }) => base).filter((base) => !stages.some(({ name }) => name === base))),
];

/** What is copied from the repository. */
export const copiedPaths: readonly string[] = instructions('COPY').flatMap((words) =>
  words.some((word) => word.startsWith('--from=')) ? [] : words.filter((word) => !word.startsWith('--')).slice(0, -1),
);

/** What the images set in the environment of their programs. */
export const environment: Readonly<Record<string, string>> = Object.fromEntries(
  instructions('ENV').map(([assignment = '']) => {
    const end = assignment.indexOf('=');
    return [assignment.slice(0, end), assignment.slice(end + 1)];
  }),
);
