import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseCommandLine as parseAgent } from '../../src/settings/agent-command-line.ts';
import { UsageError } from '../../src/settings/command-words.ts';
import { parseCommandLine as parseServer } from '../../src/settings/server-command-line.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { fuzzed } from '../chaos/fuzzed.ts';
import { anyAgentSettings, anyServerSettings } from './any-settings.ts';
import { programs } from './programs.ts';
import { readerOf } from './settings-of.ts';

/** Reads a file's text and an environment as each program does. */
const readers = programs.map(({ model }) => readerOf(model).settingsOf);

const anyWord = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'ab:-*&!{}[],\n\t "\'#|>%@') }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '<<', 'null', '~', '0x10', '1e999', '.nan', 'amqp://u:p@h'),
);

const anyValue = fc.oneof(fc.jsonValue(), anyWord, fc.double(), fc.constantFrom(null, [], {}, '', -1, 2 ** 53));

type Tree = Record<string, unknown>;

/** Sets something somewhere, in a section or at the top. */
function spoilt(settings: object, changes: readonly (readonly [string, string | null, unknown])[]): Tree {
  const tree: Tree = structuredClone({ ...settings });
  for (const [key, inner, value] of changes) {
    const section = Object.hasOwn(tree, key) ? tree[key] : null;
    const isSection = typeof section === 'object' && section !== null;
    if (inner !== null && isSection)
      Object.defineProperty(section, inner, { value, enumerable: true, configurable: true });
    else Object.defineProperty(tree, key, { value, enumerable: true, configurable: true });
  }
  return tree;
}

const anyKey = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('host', 'bus', 'ovs', 'bridges', 'log', 'mirrors', 'auth', 'tls', 'limits') },
  anyWord,
);
const anyInner = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('urls', 'exchange', 'tls', 'remote', 'run_dir', 'tap', 'level', 'max_in') },
  anyWord,
  fc.constant(null),
);
const anyChanges = fc.array(fc.tuple(anyKey, anyInner, anyValue), { maxLength: 3 });

const anyFile = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.oneof(anyAgentSettings, anyServerSettings), anyChanges)
      .map(([from, changes]) => stringify(spoilt(from, changes))),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.array(anyWord).map((words) => words.join('')) },
);

const anyEnvironment = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'TAAS_AGENT_HOST',
      'TAAS_AGENT_BUS_URLS',
      'TAAS_SERVER_LISTEN',
      'TAAS_AGENT_MIRRORS_MAX_IN',
      'PATH',
    ),
    anyWord.map((word) => `TAAS_AGENT_${word}`),
  ),
  fc.oneof(anyWord, fc.constant('amqp://h')),
  { maxKeys: 3 },
);

test('whatever stands in the file and the environment: settings, or sentences of one line', () => {
  const seen = { settings: 0, wrong: 0 };
  return fuzzed('settings: a file and an environment', 2_000, (options) => {
    const number = fc.constantFrom(...readers.keys());
    const property = fc.property(number, anyFile, anyEnvironment, (which, text, environment) => {
      try {
        readers[which]?.(text, environment);
        seen.settings += 1;
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        for (const problem of error.problems) expect(problem).toMatch(/^\P{Cc}+$/u);
        seen.wrong += 1;
      }
    });
    fc.assert(property, options);
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
  });
});

test('whatever stands on the command line: a command, or a UsageError', () =>
  fuzzed('settings: a command line', 1_000, (options) => {
    const words = fc.array(
      fc.oneof(anyWord, fc.constantFrom('--config', '--config=x', '--check-config', '--', '-h', 'cleanup', '--help=1')),
      { maxLength: 5 },
    );
    const property = fc.property(fc.constantFrom(parseAgent, parseServer), words, (parse, args) => {
      try {
        expect(parse(args).kind).toMatch(/^[a-z-]+$/);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    });
    fc.assert(property, options);
  }));

test.each([
  ['lists in lists', '['.repeat(50_000)],
  ['lists in lists that end', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['sections in sections', `${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`],
  [
    'sections in sections, line by line',
    Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  ],
  ['lists in lists in one line', `${'- '.repeat(50_000)}x`],
  ['itself', 'bus: &all {urls: *all}'],
])('a file that holds %s is refused in one sentence', (_, text) => {
  for (const read of readers) {
    try {
      read(text);
      throw new Error('it was taken');
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      for (const problem of error.problems) expect(problem).toMatch(/^[^\n]{1,300}$/);
    }
  }
});
