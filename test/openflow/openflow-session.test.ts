import { afterEach, expect, test } from 'vitest';
import { ByteWriter } from '../../src/openflow/bytes.ts';
import type { FlowMod } from '../../src/openflow/flow.ts';
import { readFlowText } from '../../src/openflow/flow-entry.ts';
import { encodeMessage, TYPE } from '../../src/openflow/message.ts';
import type { FlowEvent } from '../../src/openflow/openflow-session.ts';
import { eventually } from '../support/eventually.ts';
import { type Behaviour, errorOf, multipart, obedient } from './fake-switch.ts';
import { flowStats } from './flow-bytes.ts';
import { type Talk, talkWith } from './talk.ts';

const FLOW = 1;
const MONITOR = 16;
const flow = { bridge: 'tap', table: 0, priority: 1, cookie: 0x10n, match: 'reg0=0x1', actions: 'drop' } as const;
const add: FlowMod = { command: 'ADD', flow };

let peer: Talk['peer'];
let session: Talk['session'];
let story: Talk['story'];
let told: Talk['told'];
let close: Talk['close'];
let events: FlowEvent[];

async function begin(behave: Behaviour = obedient): Promise<void> {
  ({ peer, session, story, told, close } = await talkWith(behave));
  events = [];
  session.onFlows((event) => events.push(event));
  session.start();
}
afterEach(() => close());

const isMultipart = (kind: number): ((message: Parameters<Behaviour>[0]) => boolean) => {
  return ({ type, body }) => type === TYPE.multipartRequest && body[1] === kind;
};
const failure = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => error,
  );

test('a switch that refuses the flow monitor is believed only when it is asked', async () => {
  await begin((message, socket) =>
    isMultipart(MONITOR)(message) ? [errorOf(message.xid, 1, 2)] : obedient(message, socket),
  );
  expect([...(await session.refresh()).values()]).toEqual([]);
  expect(session.watched).toBe(false);
  expect(story).toMatchObject([
    { kind: 'unwatched', bridge: 'tap', reason: 'OFPBRC_BAD_MULTIPART' },
    { kind: 'connected', datapathId: '0000000000000abc', watched: false },
  ]);
});

test('the switch’s question for a sign of life is answered with what it holds', async () => {
  await begin();
  await told('connected');
  peer.send(encodeMessage(TYPE.echoRequest, 77, (writer) => writer.u32(0xdeadbeef)));
  const answer = await eventually(() => peer.received.find(({ type }) => type === TYPE.echoReply));
  expect([answer.xid, ...answer.body]).toEqual([77, 0xde, 0xad, 0xbe, 0xef]);
});

test('things that were not asked for and are no concern of ours are passed over', async () => {
  await begin();
  await told('connected');
  for (const type of [10, 11, TYPE.portStatus, 200]) peer.send(encodeMessage(type, 0, (writer) => writer.zeros(9)));
  expect([...(await session.refresh()).values()]).toEqual([]);
  expect(peer.sockets).toHaveLength(1);
});

test.each([
  ['what is no OpenFlow', Buffer.from('HTTP/1.1 400 Bad Request\r\n')],
  ['a flow update that ends too soon', multipart(MONITOR, 0, Uint8Array.of(0, 40, 0, 1, 0, 0, 0, 0))],
  ['an error that answers nothing', errorOf(4711, 1, 1)],
])('%s ends the connection, and the next one is as good as new', async (_, bytes) => {
  await begin();
  await session.refresh();
  peer.send(bytes);
  expect(await told('lost')).toMatchObject({ error: { code: 'protocol' } });
  expect(session.flows).toBeUndefined();
  expect([...(await session.refresh()).values()]).toEqual([]);
  expect(peer.sockets).toHaveLength(2);
});

test('a switch that has too much to tell makes flows unknown, and again when it goes on', async () => {
  await begin();
  await session.refresh();
  const short = (event: number) => new ByteWriter().u16(8).u16(event).zeros(4).bytes();
  peer.send(multipart(MONITOR, 0, short(5)));
  await told('overrun');
  expect(session.flows).toBeUndefined();
  await session.refresh();
  peer.send(multipart(MONITOR, 0, short(6)));
  await eventually(() => session.flows === undefined);
  expect(events).toEqual([{ kind: 'unknown' }, { kind: 'unknown' }]);
  expect(story.filter(({ kind }) => kind === 'lost')).toEqual([]);
});

test('a change that follows the confirmation of ours in one piece comes after it', async () => {
  const update = new ByteWriter().u16(0).u16(2).u8(0).u8(0).u32(0).u16(1).u32(0).u64(0x10n);
  update
    .u16(1)
    .u16(12)
    .u32(0x00010004)
    .u32(1)
    .padFrom(update.size - 12)
    .setLength(0, update.size);
  await begin((message, socket) => {
    const answer = obedient(message, socket);
    const isCommit = message.type === TYPE.bundleControl && message.body[5] === 4;
    return isCommit ? [Buffer.concat([...answer, multipart(MONITOR, 0, update.bytes())])] : answer;
  });
  await session.refresh();
  await session.commit([add]);
  await eventually(() => events.length === 2);
  expect(events).toEqual([
    { kind: 'committed', mods: [add] },
    { kind: 'removed', flow },
  ]);
  expect(session.flows?.size).toBe(0);
});

test('a bundle with a part that is refused is never committed', async () => {
  await begin((message, socket) =>
    message.type === TYPE.bundleAdd ? [errorOf(message.xid, 5, 1)] : obedient(message, socket),
  );
  expect(await failure(session.commit([add, add]))).toMatchObject({ code: 'refused', reason: 'OFPFMFC_TABLE_FULL' });
  await eventually(() => peer.received.some(({ type, body }) => type === TYPE.bundleControl && body[5] === 6));
  expect(peer.received.filter(({ type, body }) => type === TYPE.bundleControl && body[5] === 4)).toEqual([]);
  expect(events).toEqual([]);
});

test('a connection that is lost before the confirmation leaves the change in doubt', async () => {
  await begin((message, socket) => {
    if (message.type !== TYPE.bundleControl || message.body[5] !== 4) return obedient(message, socket);
    socket.destroy();
    return [];
  });
  await session.refresh();
  expect(await failure(session.commit([add]))).toMatchObject({ code: 'unreachable' });
  expect(session.flows).toBeUndefined();
});

test('what was read in full and was not as known is counted, and believed', async () => {
  let present = [flow];
  await begin((message, socket) =>
    isMultipart(FLOW)(message)
      ? [multipart(FLOW, message.xid, flowStats(present.map(readFlowText)))]
      : obedient(message, socket),
  );
  expect([...(await session.refresh()).values()]).toEqual([flow]);
  present = [];
  expect([...(await session.refresh()).values()]).toEqual([]);
  expect(story.filter(({ kind }) => kind === 'drifted')).toEqual([{ kind: 'drifted', bridge: 'tap', flows: 1 }]);
});

test('an answer in parts is whole only with its last part', async () => {
  const part = (xid: number, more: boolean) => multipart(FLOW, xid, flowStats([readFlowText(flow)]), more);
  await begin((message, socket) =>
    isMultipart(FLOW)(message)
      ? [part(message.xid, true), part(message.xid, true), part(message.xid, false)]
      : obedient(message, socket),
  );
  expect(await session.dump(0n, 0n)).toEqual([flow, flow, flow]);
});

test('a read is made again when the connection was lost meanwhile', async () => {
  let asked = 0;
  await begin((message, socket) => {
    if (!isMultipart(FLOW)(message)) return obedient(message, socket);
    asked += 1;
    if (asked > 1) return obedient(message, socket);
    socket.destroy();
    return [];
  });
  expect([...(await session.refresh()).values()]).toEqual([]);
  expect(asked).toBe(2);
});

test('a closed session says so', async () => {
  await begin();
  await told('connected');
  await session.close();
  expect(session.state).toBe('closed');
  expect(await failure(session.commit([add]))).toMatchObject({ code: 'unreachable', message: 'the session is closed' });
  expect(story.filter(({ kind }) => kind === 'lost')).toEqual([]);
});
