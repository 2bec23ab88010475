import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type CounterDefinitions, createCounters } from '../../src/observe/counters.ts';
import { ObserveError } from '../../src/observe/observe-error.ts';

const definitions = {
  taas_agent_passes_total: { help: 'Passes of the loop.', labels: [] },
  taas_agent_messages_total: { help: 'Messages by what became of them.', labels: ['result', 'method'] },
} as const;

describe('counters', () => {
  test('start at 0 without labels, and are there with labels once counted', () => {
    expect(createCounters(definitions).snapshot()).toEqual({ taas_agent_passes_total: 0 });
  });

  test('count by one or by more, each combination of labels by itself, sorted by name', () => {
    const counters = createCounters(definitions);
    counters.increment('taas_agent_passes_total');
    counters.increment('taas_agent_passes_total', 4);
    counters.increment('taas_agent_messages_total', { method: 'create_tap_flow', result: 'rejected' });
    counters.increment('taas_agent_messages_total', { result: 'rejected', method: 'create_tap_flow' }, 2);
    counters.increment('taas_agent_messages_total', { result: 'applied', method: 'x' }, 0);
    expect(Object.entries(counters.snapshot())).toEqual([
      ['taas_agent_messages_total{result="applied",method="x"}', 0],
      ['taas_agent_messages_total{result="rejected",method="create_tap_flow"}', 3],
      ['taas_agent_passes_total', 5],
    ]);
    expect(counters.definitions.taas_agent_messages_total.help).toBe('Messages by what became of them.');
  });

  test('give a snapshot that later counts do not change', () => {
    const counters = createCounters(definitions);
    const before = counters.snapshot();
    counters.increment('taas_agent_passes_total');
    expect(before).toEqual({ taas_agent_passes_total: 0 });
  });

  test('keep series apart whatever their labels hold', () => {
    const value = fc.string({ unit: fc.constantFrom('"', '\\', '\n', ',', '=', 'n', '}', 'é') });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(value, value), { selector: (pair) => JSON.stringify(pair) }), (pairs) => {
        const counters = createCounters(definitions);
        for (const [result, method] of pairs) counters.increment('taas_agent_messages_total', { result, method });
        const { taas_agent_passes_total: _, ...series } = counters.snapshot();
        expect(Object.values(series)).toEqual(pairs.map(() => 1));
        expect(Object.keys(series).filter((name) => name.includes('\n'))).toEqual([]);
      }),
    );
  });

  test('never shrink', () => {
    const counters = createCounters(definitions);
    for (const by of [-1, Number.NaN, Infinity]) {
      expect(() => counters.increment('taas_agent_passes_total', by)).toThrow(
        expect.objectContaining({ name: 'ObserveError', code: 'bad-increment' }),
      );
    }
    expect(counters.snapshot()).toEqual({ taas_agent_passes_total: 0 });
  });

  test('have gauges beside them, which tell the number of now', () => {
    const counters = createCounters({ ...definitions, taas_agent_taps: { help: 'Taps.', labels: [], gauge: true } });
    expect(counters.snapshot()['taas_agent_taps']).toBe(0);
    for (const value of [7, 2]) counters.set('taas_agent_taps', value);
    expect(counters.snapshot()['taas_agent_taps']).toBe(2);
    expect(() => counters.set('taas_agent_taps', Number.NaN)).toThrow(expect.objectContaining({ code: 'bad-value' }));
    expectTypeOf(counters.set).parameter(0).toEqualTypeOf<'taas_agent_taps'>();
    expectTypeOf(counters.increment<'taas_agent_passes_total'>)
      .parameter(0)
      .toEqualTypeOf<'taas_agent_passes_total'>();
    // @ts-expect-error a gauge is not counted up
    expectTypeOf(counters.increment<'taas_agent_taps'>).toBeFunction();
  });

  test.each<CounterDefinitions>([
    { taas_agent_taps_total: { help: '', labels: [], gauge: true } },
    { taas_agent_taps: { help: '', labels: ['kind'], gauge: true } },
    { taas_agent_messages: { help: '', labels: [] } },
    { 'taas-agent_total': { help: '', labels: [] } },
    { a_total: { help: '', labels: ['__name__'] } },
    { a_total: { help: '', labels: ['re sult'] } },
    { a_total: { help: '', labels: ['x', 'x'] } },
  ])('are refused when Prometheus would refuse them: %j', (wrong) => {
    expect(() => createCounters(wrong)).toThrow(ObserveError);
  });

  test('take only their own names and labels', () => {
    const { increment } = createCounters(definitions);
    expectTypeOf(increment<'taas_agent_messages_total'>)
      .parameter(1)
      .toEqualTypeOf<Readonly<Record<'result' | 'method', string>>>();
    expectTypeOf(increment<'taas_agent_passes_total'>)
      .parameter(1)
      .toEqualTypeOf<number | undefined>();
  });
});
