import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatWireActions } from '../../src/openflow/action-text.ts';
import { ByteReader, ByteWriter } from '../../src/openflow/bytes.ts';
import type { MonitorEvent } from '../../src/openflow/flow-monitor.ts';
import { takeMonitorEvents } from '../../src/openflow/flow-monitor.ts';
import { takeFlowStats } from '../../src/openflow/flow-stats.ts';
import { checkHello, encodeHello } from '../../src/openflow/hello.ts';
import { putMatch } from '../../src/openflow/match-wire.ts';
import { encodeMessage, type Message, MessageStream, TYPE } from '../../src/openflow/message.ts';
import { OpenflowError } from '../../src/openflow/openflow-error.ts';
import { readErrorName } from '../../src/openflow/replies.ts';

const message = (type: number, body: Uint8Array, version = 5): Message => ({ version, type, xid: 1, body });
const parse = (bytes: Uint8Array) => {
  const [only] = new MessageStream().push(bytes);
  if (!only) throw new Error('no message');
  return only;
};

describe('the stream', () => {
  const anyMessages = fc.array(
    fc.record({ type: fc.integer({ min: 0, max: 255 }), xid: fc.nat(), body: fc.uint8Array({ maxLength: 300 }) }),
    { maxLength: 5 },
  );

  test('is cut into its messages however it comes', () => {
    fc.assert(
      fc.property(anyMessages, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, sizes) => {
        const bytes = Buffer.concat(sent.map(({ type, xid, body }) => encodeMessage(type, xid, (w) => w.raw(body))));
        const stream = new MessageStream();
        const got: Message[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          got.push(...stream.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(got.map(({ type, xid, body }) => ({ type, xid, body: [...body] }))).toEqual(
          sent.map(({ type, xid, body }) => ({ type, xid, body: [...body] })),
        );
      }),
    );
  });

  test('takes a message of the greatest length, and no byte of it early', () => {
    const whole = encodeMessage(TYPE.echoReply, 1, (writer) => writer.zeros(0xffff - 8));
    const stream = new MessageStream();
    expect(stream.push(whole.subarray(0, -1))).toEqual([]);
    expect(stream.push(whole.subarray(-1))).toHaveLength(1);
  });

  test.each([
    ['a length shorter than a header', [5, 3, 0, 7, 0, 0, 0, 1]],
    ['another version', [6, 3, 0, 8, 0, 0, 0, 1]],
    ['what is no OpenFlow', [...Buffer.from('HTTP/1.1 400 Bad Request')]],
  ])('refuses %s', (_, bytes) => {
    expect(() => new MessageStream().push(Uint8Array.from(bytes))).toThrow(OpenflowError);
  });
});

describe('a hello', () => {
  const hello = (versions: readonly number[], version = 6) =>
    message(
      TYPE.hello,
      new ByteWriter()
        .u16(1)
        .u16(8)
        .u32(versions.reduce((bits, each) => bits | (1 << each), 0))
        .bytes(),
      version,
    );

  test('of ours is one of 1.4 and nothing else', () => {
    expect(() => checkHello(parse(encodeHello(1)))).not.toThrow();
    expect([...encodeHello(7)]).toEqual([5, 0, 0, 16, 0, 0, 0, 7, 0, 1, 0, 8, 0, 0, 0, 0x20]);
  });

  test('that lists 1.4 will do, whatever else it lists', () => {
    expect(() => checkHello(hello([1, 4, 5, 6]))).not.toThrow();
  });

  test('without a list speaks for its version and those before', () => {
    expect(() => checkHello(message(TYPE.hello, new Uint8Array(), 5))).not.toThrow();
    expect(() => checkHello(message(TYPE.hello, new Uint8Array(), 4))).toThrow('1.0, 1.1, 1.2, 1.3 here');
  });

  test('without 1.4 says what is to be done', () => {
    expect(() => checkHello(hello([1, 4]))).toThrow(
      'the switch speaks OpenFlow 1.0, 1.3 here: add OpenFlow14 to the protocols of its bridge',
    );
  });
});

describe('an error has its name', () => {
  test.each([
    [5, 1, 'OFPFMFC_TABLE_FULL'],
    [2, 10, 'OFPBAC_MATCH_INCONSISTENT'],
    [17, 13, 'OFPBFC_MSG_FAILED'],
    [16, 7, 'OFPMOFC_BAD_OUT'],
    [1, 9, 'OFPBRC_BAD_TABLE_ID'],
    [5, 99, 'error of type 5, code 99'],
    [0xffff, 2300, 'error of type 65535, code 2300'],
  ])('%i, %i', (type, code, name) => {
    expect(readErrorName(message(TYPE.error, new ByteWriter().u16(type).u16(code).bytes()))).toBe(name);
  });
});

function update(event: number, cookie: bigint): Uint8Array {
  const writer = new ByteWriter().u16(0).u16(event).u8(3).u8(0).u32(0).u16(100).u32(0).u64(cookie);
  putMatch(writer, [{ field: 'reg0', value: 5n, mask: undefined }]);
  writer.u16(1).u16(8).u8(4).zeros(3);
  return writer.setLength(0, writer.size).bytes();
}

test('a flow monitor tells of flows, of our own changes in short, and of pauses', () => {
  const short = (event: number) => new ByteWriter().u16(8).u16(event).u32(9).bytes();
  const bytes = Buffer.concat([update(1, 7n), update(3, 8n), short(4), short(5), short(6), update(2, 7n)]);
  const flow = { table: 3, priority: 100, match: [{ field: 'reg0', value: 5n, mask: undefined }] } as const;
  const goto = { kind: 'goto_table', table: 4 } as const;
  const events = takeMonitorEvents(new ByteReader(bytes), (cookie) => cookie === 7n);
  expect(events).toEqual([
    { kind: 'added', cookie: 7n, ...flow, actions: [goto] },
    { kind: 'modified', cookie: 8n, ...flow, actions: [] },
    { kind: 'own' },
    { kind: 'paused' },
    { kind: 'resumed' },
    { kind: 'removed', cookie: 7n, ...flow, actions: [goto] },
  ] satisfies MonitorEvent[]);
});

test('actions nested without end are read to a certain depth', () => {
  const depth = 3_000;
  const writer = new ByteWriter();
  for (let level = 0; level < depth; level += 1) {
    writer
      .u16(0xffff)
      .u16((depth - level) * 16)
      .u32(0x2320)
      .u16(42)
      .zeros(6);
  }
  const actions = writer.bytes();
  const head = new ByteWriter().u16(56 + 8 + actions.length).zeros(46);
  putMatch(head, []);
  head
    .u16(4)
    .u16(8 + actions.length)
    .zeros(4)
    .raw(actions);
  const [flow] = takeFlowStats(new ByteReader(head.bytes()));
  expect(formatWireActions(flow?.actions ?? [])).toMatch(/^(clone\(){16}action:0x[0-9a-f]+\){16}$/);
});
