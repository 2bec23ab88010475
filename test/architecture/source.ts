import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pureFiles, rooms } from './rooms.ts';

const root = join(import.meta.dirname, '../../src');

/** A source file: its path below src/, its text without comments and strings' contents, its imports. */
export interface SourceFile {
  readonly path: string;
  readonly room: string | undefined;
  readonly pure: boolean;
  readonly code: string;
  readonly imports: readonly string[];
}

/** Comments fall away and strings become empty, so that words in prose are not taken for code. */
function stripped(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:'"`])\/\/[^\n]*/g, '$1')
    .replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");
}

function importsOf(text: string): string[] {
  const forms = /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...text.matchAll(forms)].map((match) => match[1] ?? match[2] ?? '');
}

export function readSource(): SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const room = path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
      const pure = (room !== undefined && rooms[room]?.pure === true) || pureFiles.includes(path);
      return { path, room, pure, code: stripped(text), imports: importsOf(text) };
    });
}

/** The path below src/ that a relative import names, or undefined for a package. */
export function target(file: SourceFile, specifier: string): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(file.path), specifier)) : undefined;
}
