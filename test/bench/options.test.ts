import { describe, expect, test } from 'vitest';
import { PARTS, parseOptions, planSwitches, USAGE } from './options.ts';

describe('the options', () => {
  test('none: everything, on three sizes, for the document', () => {
    expect(parseOptions([])).toEqual({ parts: PARTS, ports: [30, 300, 1000], smoke: false, whole: true });
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
    { args: ['--ports', '30,,300'], why: '--ports : a number from 30' },
    { args: ['--fast'], why: "Unknown option '--fast'" },
    { args: ['create'], why: "Unexpected argument 'create'" },
  ])('$args is refused with the reason', ({ args, why }) => {
    expect(() => parseOptions(args)).toThrow(why);
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
    expect(planned('--only', 'surroundings')).toEqual([]);
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
