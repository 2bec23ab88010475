import { describe, expect, test } from 'vitest';
import { pureFiles, rooms } from './rooms.ts';
import { readSource, type SourceFile, target } from './source.ts';

const files = readSource();
const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined);

function wrongImports(file: SourceFile): string[] {
  return file.imports.flatMap((specifier) => {
    const path = target(file, specifier);
    if (path === undefined) return file.pure ? [`${file.path} is pure but imports ${specifier}`] : [];
    const to = roomOf(path);
    if (file.room === undefined || to === file.room) return [];
    if (to === undefined) return [`${file.path} imports the program ${path}`];
    const allowed = rooms[file.room]?.mayImport ?? [];
    return allowed.includes(to) || allowed.includes(path) ? [] : [`${file.path} imports ${path}`];
  });
}

function cycleFrom(start: string, graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const seen = new Set<string>();
  const walk = (node: string, trail: string[]): string[] | undefined => {
    for (const next of graph.get(node) ?? []) {
      if (next === start) return [...trail, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...trail, next]);
      if (found) return found;
    }
    return undefined;
  };
  return walk(start, [start]);
}

describe('the rooms of src/', () => {
  test('there is source to check, and every folder is a known room', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => file.room !== undefined && rooms[file.room] === undefined)).toEqual([]);
    expect(pureFiles.filter((path) => !files.some((file) => file.path === path))).toEqual([]);
  });

  test('rooms import downward only, pure rooms nothing from outside', () => {
    expect(files.flatMap(wrongImports)).toEqual([]);
  });

  test('no file imports itself in a circle', () => {
    const graph = new Map(
      files.map((file) => [file.path, file.imports.flatMap((specifier) => target(file, specifier) ?? [])]),
    );
    expect(files.flatMap((file) => cycleFrom(file.path, graph)?.join(' -> ') ?? [])).toEqual([]);
  });

  test('pure rooms know no clock, chance, process or asynchrony', () => {
    const forbidden =
      /\b(Date|Math\.random|performance|crypto|process|setTimeout|setInterval|setImmediate|queueMicrotask|async|await|Promise|globalThis|fetch|console)\b/g;
    const found = files
      .filter((file) => file.pure)
      .flatMap((file) => [...file.code.matchAll(forbidden)].map((match) => `${file.path}: ${match[0]}`));
    expect(found).toEqual([]);
  });

  test('no barrels: nothing is re-exported', () => {
    const found = files.filter((file) => /\bexport\s*(type\s*)?(\*|\{[^}]*\})\s*(as\s+\w+\s*)?from\b/.test(file.code));
    expect(found.map((file) => file.path)).toEqual([]);
  });
});
