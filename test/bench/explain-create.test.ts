import { expect, test } from 'vitest';
import type { LogLine } from '../support/daemon.ts';
import { explainCreate, meanParts } from './explain-create.ts';

const BEGAN = Date.parse('2026-01-01T00:00:00.000Z');

const line = (after: number, msg: string, fields: Readonly<Record<string, unknown>> = {}): LogLine => ({
  level: 'info',
  msg,
  time: new Date(BEGAN + after).toISOString(),
  ...fields,
});

const log = [
  line(1, 'step confirmed', { rows: ['barrier'], ms: 100 }),
  line(3, 'create_tap_flow', { tapFlow: 'a' }),
  line(5, 'step confirmed', { rows: ['barrier', 'create-mirror'], ms: 1.5 }),
  line(6, 'step confirmed', { bridge: 'tap', flows: 4, ms: 1 }),
  line(8, 'switch brought up to date', { steps: 2, ms: 4 }),
  line(12, 'status reported', { tapFlow: 'a', status: 'ACTIVE' }),
  line(20, 'step confirmed', { bridge: 'tap', flows: 4, ms: 100 }),
  line(20, 'status reported', { tapFlow: 'a', status: 'INACTIVE' }),
];

test('the parts of a create are those of its own lines, and with the gaps they are all of its time', () => {
  const parts = explainCreate(log, { id: 'a', publishedAt: BEGAN + 0.7, answeredAt: BEGAN + 10.2 });
  expect(parts).toEqual([
    { name: 'bus, decoding, journal: until the event is on disk', milliseconds: 3 },
    { name: 'transaction: barrier, create-mirror', milliseconds: 1.5 },
    { name: 'bundle of the tap bridge', milliseconds: 1 },
    { name: 'between the steps: computing what to do', milliseconds: 1.5 },
    { name: 'journal, bus: until Neutron has the status', milliseconds: 2 },
  ]);
});

test('a tap that the log does not tell of is an error, not a zero', () => {
  const times = { publishedAt: BEGAN, answeredAt: BEGAN + 10 };
  expect(() => explainCreate(log, { id: 'b', ...times })).toThrow('the log does not tell of b');
  const untold = log.filter(({ msg }) => msg !== 'switch brought up to date');
  expect(() => explainCreate(untold, { id: 'a', ...times })).toThrow('the log does not tell when');
});

test('a part that some creates lack counts as nothing there', () => {
  const bundle = { name: 'bundle', milliseconds: 4 };
  expect(
    meanParts([
      [bundle],
      [
        { name: 'bundle', milliseconds: 2 },
        { name: 'transaction', milliseconds: 1 },
      ],
    ]),
  ).toEqual([
    { name: 'bundle', milliseconds: 3 },
    { name: 'transaction', milliseconds: 0.5 },
  ]);
});
