import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeOslo, encodeCast, encodeReply, type OsloMessage } from '../../src/bus/oslo-envelope.ts';
import { enveloped, fixtures } from './neutron-rpc.ts';

const stamp = { uniqueId: 'u1', requestId: 'req-1', timestamp: '2026-11-22 15:06:24.729670' };

function ok(text: string): OsloMessage {
  const decoded = decodeOslo(text);
  if (decoded.kind !== 'ok') throw new Error(decoded.reason);
  return decoded.message;
}

function reason(text: string): string {
  const decoded = decodeOslo(text);
  return decoded.kind === 'rejected' ? decoded.reason : 'not rejected';
}

describe('decodeOslo', () => {
  test('every message of a real Neutron decodes', () => {
    expect(fixtures.length).toBeGreaterThan(20);
    for (const { body } of fixtures) {
      const inner = JSON.parse(body['oslo.message']);
      expect(ok(JSON.stringify(body))).toEqual({
        method: inner.method,
        args: inner.args,
        version: '1.0',
        namespace: undefined,
        uniqueId: inner._unique_id,
        requestId: inner._context_request_id,
        call: undefined,
      });
    }
  });

  test('a message without an envelope (1.0) is the message itself', () => {
    expect(ok('{"method":"m","args":{"a":1}}')).toMatchObject({ method: 'm', args: { a: 1 }, version: undefined });
  });

  test('args may be left out', () => {
    expect(ok('{"method":"m"}').args).toEqual({});
  });

  test('namespace, version and the call are kept', () => {
    const message = { method: 'm', args: {}, namespace: 'n', version: '1.3', _msg_id: 'id', _reply_q: 'reply_q' };
    expect(ok(enveloped(message))).toMatchObject({
      namespace: 'n',
      version: '1.3',
      call: { msgId: 'id', replyQueue: 'reply_q' },
    });
  });

  test('a call without _reply_q is answered to the queue of its id', () => {
    expect(ok('{"method":"m","_msg_id":"id"}').call).toEqual({ msgId: 'id', replyQueue: 'id' });
  });

  test('ids that are not short strings are not taken for ids', () => {
    for (const id of [7, null, '', {}, 'x'.repeat(256)]) {
      const message = ok(enveloped({ method: 'm', _unique_id: id, _msg_id: id }));
      expect(message.uniqueId).toBeUndefined();
      expect(message.call).toBeUndefined();
    }
  });

  test('a later minor version of the envelope is accepted', () => {
    expect(ok('{"oslo.version":"2.1","oslo.message":"{\\"method\\":\\"m\\"}"}').method).toBe('m');
  });

  test.each([
    ['', 'body: expected JSON, got nothing'],
    ['{', 'body: expected JSON, got text that is not JSON'],
    ['[]', 'body: expected a JSON object'],
    ['null', 'body: expected a JSON object'],
    ['"text"', 'body: expected a JSON object'],
    ['{}', 'method: expected the name of an RPC method'],
    ['{"method":7}', 'method: expected the name of an RPC method'],
    ['{"method":""}', 'method: expected the name of an RPC method'],
    ['{"method":"m","args":[]}', 'args: expected a JSON object'],
    ['{"method":"m","args":"a"}', 'args: expected a JSON object'],
    ['{"oslo.version":"1.0","oslo.message":"{}"}', 'oslo.version: expected "2.0", got another envelope'],
    ['{"oslo.version":2,"oslo.message":"{}"}', 'oslo.version: expected "2.0", got another envelope'],
    ['{"oslo.message":"{}"}', 'oslo.version: expected "2.0", got another envelope'],
    ['{"oslo.version":"2.0"}', 'oslo.message: expected a string of JSON'],
    ['{"oslo.version":"2.0","oslo.message":{"method":"m"}}', 'oslo.message: expected a string of JSON'],
    ['{"oslo.version":"2.0","oslo.message":"{"}', 'oslo.message: expected JSON, got text that is not JSON'],
    ['{"oslo.version":"2.0","oslo.message":"7"}', 'message: expected a JSON object'],
  ])('%s is rejected', (text, expected) => {
    expect(reason(text)).toBe(expected);
  });

  test('nesting past any recursion limit is no fault', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(ok(`{"method":"m","args":{"a":${deep}}}`).method).toBe('m');
  });
});

describe('encodeCast', () => {
  test('is what a Neutron agent sends, key for key', () => {
    const seen = fixtures.filter((line) => line.delivery.routing_key === 'n-taas-plugin');
    expect(seen.length).toBeGreaterThan(5);
    for (const { body } of seen) {
      const inner = JSON.parse(body['oslo.message']);
      const ours = encodeCast(inner.method, inner.args, {
        uniqueId: inner._unique_id,
        requestId: inner._context_request_id,
        timestamp: inner._context_timestamp,
      });
      expect(JSON.parse(JSON.parse(ours)['oslo.message'])).toEqual(inner);
      expect(JSON.parse(ours)['oslo.version']).toBe(body['oslo.version']);
    }
  });

  test('decode of encode is identity', () => {
    const args = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), args, (method, values) => {
        const expected = JSON.parse(JSON.stringify(values));
        const message = ok(encodeCast(method, values, stamp));
        expect(message).toMatchObject({ method, uniqueId: 'u1', requestId: 'req-1', version: '1.0' });
        expect(message.args).toEqual(expected);
      }),
    );
  });
});

describe('encodeReply', () => {
  const call = { msgId: 'id', replyQueue: 'reply_q' };
  const inner = (failure: string | null) => JSON.parse(JSON.parse(encodeReply(call, failure, 'u2'))['oslo.message']);

  test('a good answer is null and ends the call', () => {
    expect(inner(null)).toEqual({ result: null, failure: null, ending: true, _msg_id: 'id', _unique_id: 'u2' });
  });

  test('a failure is the JSON that oslo turns into RemoteError', () => {
    const reply = inner('args: wrong');
    expect(reply).toMatchObject({ result: null, ending: true, _msg_id: 'id' });
    expect(JSON.parse(reply.failure)).toMatchObject({ class: 'ValueError', message: 'args: wrong', tb: [] });
  });
});
