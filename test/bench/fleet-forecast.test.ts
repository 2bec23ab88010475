import { describe, expect, test } from 'vitest';
import { burstCosts, forecast, spanOf } from './fleet-figures.ts';
import { fleetForecast } from './fleet-forecast.ts';
import { fleetBurstTable, fleetCpuTable, fleetRestTable, fleetSeriesTable } from './fleet-tables.ts';
import { fleet } from './sample-results.ts';

/** The cells of the row of a table that begins so, without the first. */
function row(text: string, name: string): readonly string[] {
  const found = text.split('\n').filter((line) => line.startsWith(`| ${name} `));
  expect(found).toHaveLength(1);
  return (found[0] ?? '')
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

test('a span is the middle one and the one with the most', () => {
  expect(spanOf([3, 9, 1])).toEqual({ median: 3, most: 9 });
  expect(() => spanOf([])).toThrow(RangeError);
});

describe('what 5 hosts come to with 1,000', () => {
  test('a message costs what all agents used, by message and agent', () => {
    expect(burstCosts(fleet.burst)).toEqual({ agent: 0.5, broker: 0.1 });
  });

  test('taps grow with the hosts, deliveries with their square', () => {
    expect(forecast(fleet)).toMatchObject({
      services: 4000,
      taps: 16_000,
      messages: 20_000,
      deliveries: 20_000_000,
      bytes: 80_000_000_000,
    });
  });

  test('time, memory and disk follow from what one of each costs', () => {
    const { agentCpu, brokerCpu, brokerSingle, brokerRest, memoryOfTap, diskOfTap } = forecast(fleet);
    expect(agentCpu).toBeCloseTo(10_000);
    expect(brokerCpu).toBeCloseTo(2_000_000);
    expect(brokerSingle).toBeCloseTo(125);
    expect(brokerRest).toBeCloseTo(1000);
    expect(memoryOfTap).toBeCloseTo(2000);
    expect(diskOfTap).toBeCloseTo(400);
  });

  test('the paragraph shows the arithmetic, with what was measured beside it', () => {
    const text = fleetForecast(fleet);
    for (const part of [
      '4,000 tap services (`taas_id` allows 4,094) and 16,000 tap flows: 20,000 creates',
      '20,000 messages × 0.50 ms of core time = 10.0 s on each host',
      'Measured: 19,900 messages in 10.9 s, with 11.9 s of core time, 0.60 ms each',
      'uses 1.50 ms for each with 20,000 known (0.50 ms with 100)',
      '1.50 ms / 1,000 ms = 0.15 % of a core of each host, and 667 a second are a core',
      '90.0 MB + 19,900 × 2,000 bytes for each more that is known = 130 MB',
      '20,000 × 400 bytes = 8.00 MB; measured: 8.00 MB',
      '8.00 ms with 20,000 known',
      '1,000 deliveries × 0.13 ms = 125 ms of core time for a create; a core does 8.00 a second',
      '20,000 × 1,000 = 20,000,000 deliveries × 0.10 ms = 2,000 s of core time',
      '× 4,000 bytes = 80 GB, 64 s of a link of 10 Gbit/s',
      '2,000 s / 11.9 s = 168 cores',
      '5.00 % of a core for 5 agents',
      '× 200 = 1,000 %',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe('the tables of a fleet', () => {
  test('how long all taps take, and what goes through the broker', () => {
    const text = fleetBurstTable(fleet);
    expect(row(text, '20 tap services and 80 tap flows: all ACTIVE')).toEqual(['500 ms']);
    expect(row(text, 'every agent has taken every message')).toEqual(['800 ms']);
    expect(row(text, 'creates')).toEqual(['200/s']);
    expect(row(text, 'messages out of the broker: deliveries to agents, and reports')).toEqual(['825/s']);
  });

  test('whose core time it was, and how many cores that is', () => {
    const text = fleetCpuTable(fleet);
    expect(row(text, 'agents')).toEqual(['275 ms', '0.50 ms', '0.34']);
    expect(row(text, 'all')).toEqual(['484 ms', '0.88 ms', '0.60']);
  });

  test('one by one, and at rest, also of the agent that knows all', () => {
    const single = fleetSeriesTable(fleet);
    expect(row(single, '5 agents on this machine, 100 known')).toEqual([
      ...['20.0 ms', '40.0 ms', '10.0 ms'],
      ...['0.50 ms', '1.00 ms', '0.13 ms'],
    ]);
    expect(row(single, 'one agent on this machine, 20,000 known')[0]).toBe('8.00 ms');
    const rest = fleetRestTable(fleet);
    expect(row(rest, 'each agent, no taps')).toEqual([
      ...['0.10 %', '0.30 %'],
      ...['80.0 MB', '82.0 MB'],
      ...['30.0 MB', '35.0 MB'],
    ]);
    expect(row(rest, 'one agent, 20,000 known')[2]).toBe('130 MB');
  });
});
