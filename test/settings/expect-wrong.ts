import { expect } from 'vitest';
import type { Program } from './programs.ts';
import { readerOf } from './settings-of.ts';

/**
 * Expects that each value, as YAML writes it, is refused at its place in one sentence, and that nothing else is.
 * @param where the setting's key, with ": entry N" behind it where one entry is wrong.
 */
export function expectWrong(model: Program['model'], where: string, values: readonly string[]): void {
  const [key = ''] = where.split(':');
  const section = key.split('.').slice(0, -1);
  const last = key.split('.').at(-1);
  const environment: Record<string, string> = key === 'bus.urls' ? {} : { [`${model.prefix}BUS_URLS`]: 'amqps://h' };
  for (const value of values) {
    const text = `${section.map((name) => `{${name}: `).join('')}{${last}: ${value}}${'}'.repeat(section.length)}`;
    const problems = readerOf(model).problemsOf(text, environment);
    expect(problems, text).toHaveLength(1);
    expect(problems[0], text).toMatch(/^[^\n]+$/);
    expect(problems[0], text).toContain(`${where}${where === key ? ':' : ''} must be `);
  }
}
