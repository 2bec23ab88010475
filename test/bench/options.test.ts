import { describe, expect, test } from 'vitest';
import { PARTS, parseOptions, planSwitches, USAGE } from './options.ts';
import { scopeOf } from './scopes.ts';

describe('the options', () => {
  test('none: everything, on three sizes, for the document', () => {
    expect(parseOptions([])).toEqual({ parts: PARTS, ports: [30, 300, 1000], smoke: false, fleet: {}, whole: true });
  });

  test('a part of it is not for the document', () => {
    const { parts, whole } = parseOptions(['--only', 'repair, create']);
    expect({ parts, whole }).toEqual({ parts: ['create', 'repair'], whole: false });
    expect(parseOptions(['--ports', '30,64'])).toMatchObject({ ports: [30, 64], parts: PARTS, whole: false });
    expect(parseOptions(['--smoke'])).toMatchObject({ ports: [30], smoke: true, parts: PARTS, whole: false });
  });

  test.each([
    { args: ['--only', 'speed'], why: '--only speed: there is no such part; there are surroundings, create' },
    { args: ['--ports', 'many'], why: '--ports many: a number from 30 to 9999' },
    { args: ['--ports', '29'], why: '--ports 29: a number from 30' },
    { args: ['--agents', '1'], why: '--agents 1: a number from 2 to 500' },
    { args: ['--taps', 'many'], why: '--taps many: a number from 1 to 50000' },
    { args: ['--ports', '30,,300'], why: '--ports : a number from 30' },
    { args: ['--fast'], why: "Unknown option '--fast'" },
    { args: ['create'], why: "Unexpected argument 'create'" },
  ])('$args is refused with the reason', ({ args, why }) => {
    expect(() => parseOptions(args)).toThrow(why);
  });

  test('a fleet of another size is measured so, and is not for the document', () => {
    const options = parseOptions(['--only', 'fleet', '--agents', '5', '--taps', '100']);
    expect(options).toMatchObject({ parts: ['fleet'], fleet: { agents: 5, taps: 100 }, whole: false });
    expect(parseOptions(['--taps', '100']).whole).toBe(false);
    expect(scopeOf(options).fleet).toMatchObject({ agents: 5, taps: 100, large: 1000 });
    expect(scopeOf(parseOptions([])).fleet).toMatchObject({ agents: 50, taps: 2000, large: 1000 });
    expect(scopeOf(parseOptions(['--smoke', '--agents', '30'])).fleet.large).toBeGreaterThan(30);
  });

  test('the usage names every part', () => {
    for (const part of PARTS) expect(USAGE).toContain(part);
  });
});

describe('the switches', () => {
  const planned = (...args: readonly string[]) => planSwitches(parseOptions(args));

  test('creates are measured on each, all else on the one of 300 ports', () => {
    expect(planned()).toEqual([
      { ports: 30, parts: ['create'] },
      { ports: 300, parts: ['create', 'steps', 'start', 'rest', 'others', 'repair'] },
      { ports: 1000, parts: ['create'] },
    ]);
  });

  test('only what is needed is made', () => {
    expect(planned('--only', 'rest,surroundings')).toEqual([{ ports: 300, parts: ['rest'] }]);
    expect(planned('--only', 'surroundings,fleet')).toEqual([]);
    expect(planned('--only', 'create', '--ports', '1000,30')).toEqual([
      { ports: 30, parts: ['create'] },
      { ports: 1000, parts: ['create'] },
    ]);
  });

  test('sizes that leave out 300: the first is for all else', () => {
    expect(planned('--only', 'create,repair', '--ports', '64,40')).toEqual([
      { ports: 40, parts: ['create'] },
      { ports: 64, parts: ['create', 'repair'] },
    ]);
  });
});
