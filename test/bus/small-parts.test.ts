import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs } from '../../src/bus/backoff.ts';
import { parseBrokerUrl } from '../../src/bus/broker-url.ts';
import { BusError } from '../../src/bus/bus-error.ts';
import { statusCast, syncCast } from '../../src/bus/casts.ts';
import { reasonOf } from '../../src/bus/reason-of.ts';
import { SeenIds } from '../../src/bus/seen-ids.ts';
import { agentQueue } from '../../src/bus/topology.ts';
import { rpcMessage } from './neutron-rpc.ts';

describe('parseBrokerUrl', () => {
  test.each([
    ['amqp://h', { protocol: 'amqp', hostname: 'h', port: 5672, vhost: '' }, 'amqp://h'],
    [
      'amqps://u:p%40ss@h:99/v%2F1',
      { protocol: 'amqps', hostname: 'h', port: 99, vhost: 'v%2F1', username: 'u', password: 'p@ss' },
      'amqps://u:***@h:99/v%2F1',
    ],
    ['amqps://[::1]/', { protocol: 'amqps', hostname: '::1', port: 5671, vhost: '' }, 'amqps://[::1]/'],
    [
      'amqp://u@h?password=secret',
      { protocol: 'amqp', hostname: 'h', port: 5672, vhost: '', username: 'u', password: '' },
      'amqp://u@h',
    ],
  ])('%s', (text, options, masked) => {
    expect(parseBrokerUrl(text)).toEqual({ masked, options });
  });

  test.each(['', 'secret', 'http://u:secret@h', 'amqp://u:secret@', 'amqp://u:secret%zz@h'])(
    '%j is refused',
    (text) => {
      const attempt = () => parseBrokerUrl(text);
      expect(attempt).toThrow(BusError);
      expect(attempt).toThrow(expect.objectContaining({ code: 'bad_url' }));
      expect(attempt).not.toThrow(/secret/);
    },
  );

  test('no password is ever shown', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[g-z]{8,20}$/), (password) => {
        expect(parseBrokerUrl(`amqp://abc:${password}@host/def`).masked).toBe('amqp://abc:***@host/def');
      }),
    );
  });
});

describe('casts', () => {
  test('are what a Neutron agent sends', () => {
    const service = rpcMessage('set_tap_service_status');
    const { id } = service.args.msg;
    expect(statusCast({ kind: 'tap_service', id, status: 'ACTIVE' }, 'vm')).toEqual({
      method: service.method,
      args: service.args,
    });
    const flow = rpcMessage('set_tap_flow_status');
    expect(statusCast({ kind: 'tap_flow', id: flow.args.msg.id, status: 'ACTIVE' }, 'vm')).toEqual({
      method: flow.method,
      args: flow.args,
    });
    const sync = rpcMessage('sync_tap_resources');
    expect(syncCast('vm')).toEqual({ method: sync.method, args: sync.args });
  });
});

describe('backoffMs', () => {
  const range = { minMs: 100, maxMs: 1_000 };

  test('doubles up to the limit', () => {
    expect([1, 2, 3, 4, 5, 2_000].map((attempt) => backoffMs(attempt, range, 0))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  test('chance takes up to half of it', () => {
    expect(backoffMs(1, range, 1)).toBe(50);
    expect(backoffMs(9, range, 0.5)).toBe(750);
  });
});

describe('SeenIds', () => {
  test('remembers exactly the last so many', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'abcdefgh')), fc.integer({ min: 1, max: 5 }), (ids, limit) => {
        const seen = new SeenIds(limit);
        for (const id of ids) seen.add(id);
        const last = new Set([...new Set(ids.toReversed())].slice(0, limit));
        for (const id of 'abcdefgh') expect(seen.has(id)).toBe(last.has(id));
      }),
    );
  });
});

test('reasonOf finds words in an AggregateError', () => {
  const error = new AggregateError([
    new Error('connect ECONNREFUSED ::1'),
    new Error('connect ECONNREFUSED 127.0.0.1'),
  ]);
  expect(reasonOf(error)).toBe('connect ECONNREFUSED ::1; connect ECONNREFUSED 127.0.0.1');
});

test('the queue of a host has the same name after a restart', () => {
  expect(agentQueue('compute-1')).toBe('n-taas_agent_fanout.taas-agent.compute-1');
});
