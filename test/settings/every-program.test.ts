import { describe, expect, test } from 'vitest';
import { programs } from './programs.ts';
import { REQUIRED, readerOf } from './settings-of.ts';

const readable = import.meta.filename;

/** No setting may be a mapping of anything, so this is wrong everywhere. */
function withWrong(tree: object, [key = '', ...rest]: readonly string[]): object {
  const child: unknown = Object.entries(tree).find(([name]) => name === key)?.[1];
  return { ...tree, [key]: rest.length === 0 ? {} : withWrong({ ...(child as object) }, rest) };
}

describe.each(programs)('the settings of $name', ({ model }) => {
  const { settingsOf, problemsOf } = readerOf(model);
  const { prefix } = model;

  test('name all that is wrong at once', () => {
    const text = model.leaves.map(({ path }) => path).reduce((tree, path) => withWrong(tree, path), {});
    const problems = problemsOf(JSON.stringify({ ...text, extra: 1 }), { [`${prefix}NOTHING`]: '1' });
    const named = problems.map((problem) => problem.slice(0, problem.indexOf(':')));
    expect(named.sort()).toEqual([...model.leaves.map((leaf) => leaf.key), 'extra', `${prefix}NOTHING`].sort());
  });

  test('have no default for the broker, and say so with the file empty or without a setting', () => {
    const sentence = `bus.urls: must be set, here or as ${prefix}BUS_URLS, to a list of one or more`;
    expect(problemsOf('')).toEqual([expect.stringContaining(sentence)]);
    expect(problemsOf('# nothing but a comment\n')).toEqual([expect.stringContaining(sentence)]);
  });

  test('refuse an unknown key or variable, with the nearest known one', () => {
    const environment = { [`${prefix}LOG_LEVEL`]: 'debug', [`${prefix}LOG_LEVLE`]: 'info', OTHER_LOG_LEVLE: 'x' };
    expect(problemsOf(`${REQUIRED}log: {levle: info}\nbas: {}`, environment)).toEqual([
      'log.levle: unknown setting; did you mean log.level?',
      'bas: unknown setting; did you mean bus?',
      `${prefix}LOG_LEVLE: unknown setting; did you mean ${prefix}LOG_LEVEL?`,
    ]);
  });

  test('cannot be changed afterwards', () => {
    const settings = settingsOf(REQUIRED);
    expect(() => Object.assign(settings.bus.urls, ['amqp://other/'])).toThrow(TypeError);
    expect(() => Object.assign(settings.bus, { urls: [] })).toThrow(TypeError);
    expect(() => Object.assign(settings, { bus: {} })).toThrow(TypeError);
  });

  test('refuse TLS files with no encrypted URL, and a certificate without its key', () => {
    const bus = (urls: string, tls: string) => problemsOf(`bus: {urls: [${urls}], tls: {${tls}}}`);
    expect(bus('amqp://h', `ca: ${readable}`)).toEqual([
      'bus.tls.ca: must be left out, or a URL of bus.urls must be amqps://',
    ]);
    expect(bus('amqps://h', `ca: ${readable}`)).toEqual([]);
    expect(bus('amqp://h, amqps://h', `cert: ${readable}`)).toEqual([
      'bus.tls.key: must be set too, because bus.tls.cert is set',
    ]);
    expect(bus('amqps://h', `key: ${readable}`)).toEqual(['bus.tls.cert: must be set too, because bus.tls.key is set']);
    expect(bus('amqps://h', `cert: ${readable}, key: ${readable}`)).toEqual([]);
  });
});
