import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLog, type LogLevel } from '../../src/observe/log.ts';
import { cases } from '../support/times.ts';

function logTo(level: LogLevel = 'info') {
  const lines: string[] = [];
  const log = createLog({
    level,
    base: { name: 'taas-agent', host: 'compute-1' },
    stream: { write: (line) => lines.push(line) },
  });
  const entries = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, lines, entries };
}

describe('the log', () => {
  test('has one JSON object a line, with level, time, name, host, fields and message', () => {
    const { log, lines, entries } = logTo();
    const before = Date.now();
    log.warn({ port: 'p1', taps: 3 }, 'no port\nhere');
    const after = Date.now();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
    const [{ time, ...entry } = {}] = entries();
    expect(entry).toEqual({
      level: 'warn',
      name: 'taas-agent',
      host: 'compute-1',
      port: 'p1',
      taps: 3,
      msg: 'no port\nhere',
    });
    expect(time).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    expect(Date.parse(String(time))).toBeGreaterThanOrEqual(before);
    expect(Date.parse(String(time))).toBeLessThanOrEqual(after);
  });

  test('leaves out what is below its level, which can be changed', () => {
    const { log, entries } = logTo('warn');
    log.info('one');
    log.level = 'debug';
    log.debug('two');
    log.trace('three');
    log.level = 'error';
    log.warn('four');
    log.fatal('five');
    expect(entries().map((entry) => entry['msg'])).toEqual(['two', 'five']);
  });

  test('tells an error with its code and the whole chain of causes', () => {
    const { log, entries } = logTo();
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const error = Object.assign(
      new TypeError('no broker', { cause: new AggregateError([refused, 'why'], 'all failed') }),
      {
        huge: 'x'.repeat(100),
      },
    );
    log.error({ err: error }, 'lost');
    expect(entries()[0]?.['err']).toEqual({
      type: 'TypeError',
      message: 'no broker',
      stack: error.stack,
      cause: {
        type: 'AggregateError',
        message: 'all failed',
        stack: expect.stringContaining('all failed'),
        errors: [
          { type: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED', stack: refused.stack },
          { type: 'string', message: 'why' },
        ],
      },
    });
  });

  test('ends with a chain of causes that runs in a circle', () => {
    const { log, lines } = logTo();
    const error = new Error('round');
    error.cause = error;
    log.error({ err: error });
    expect(lines[0]?.match(/"message":"round"/g)?.length).toBeGreaterThan(1);
    expect(lines[0]?.length).toBeLessThan(50_000);
  });
});

describe('a secret', () => {
  test.each([
    'amqp://agent:hush@h:5672/v',
    'amqps://:hush@h',
    'https://hush@h',
    'amqp://agent:hu@sh-hush@h',
    'amqp://agent:"hush"@h',
    'amqp://agent:a\\hush@h',
    'amqp://agent:\u001bhush@h',
  ])('in %j is in no line, wherever the URL is', (url) => {
    const { log, lines } = logTo();
    log.info({ url, deep: { urls: ['amqp://other', url] }, [url]: 1 }, `connecting to ${url}, then to ${url}`);
    log.error({ err: new Error(`bad ${url}`, { cause: `also ${url}` }) });
    expect(lines.join('')).not.toContain('hush');
    expect(lines.join('')).toContain('://***@h');
  });

  test('takes nothing else away, and a line stays JSON', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...':/@"\\ \nab?#') }),
      fc.string({ unit: 'binary' }).map((part) => `amqp://u:${part}@h`),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), text), (fields) => {
        const { log, entries } = logTo();
        log.info({ fields, last: 'me@home' }, 'x');
        const written = Object(entries()[0]?.['fields']) as Record<string, unknown>;
        expect(Object.keys(written)).toEqual(Object.keys(fields));
        expect(entries()[0]).toMatchObject({ last: 'me@home', msg: 'x' });
        for (const [name, value] of Object.entries(fields)) {
          if (!value.includes('://')) expect(written[name]).toBe(value);
        }
      }),
      { numRuns: cases(1000) },
    );
  });
});
