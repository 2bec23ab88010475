import { afterEach, expect, test } from 'vitest';
import { readFlowText } from '../../src/openflow/flow-entry.ts';
import { encodeMessage, TYPE } from '../../src/openflow/message.ts';
import { eventually } from '../support/eventually.ts';
import { writeWithoutEnd } from '../support/write-without-end.ts';
import { type Behaviour, multipart, obedient } from './fake-switch.ts';
import { flowStats } from './flow-bytes.ts';
import { type Talk, talkWith } from './talk.ts';

const FLOW = 1;
const flow = { bridge: 'tap', table: 0, priority: 1, cookie: 0x10n, match: 'reg0=0x1', actions: 'drop' } as const;

let peer: Talk['peer'];
let session: Talk['session'];
let story: Talk['story'];
let told: Talk['told'];
let close: Talk['close'];

async function begin(...how: Parameters<typeof talkWith>): Promise<void> {
  ({ peer, session, story, told, close } = await talkWith(...how));
  session.start();
}
afterEach(() => close());

test('an answer without an end ends the connection, and nothing of it is kept', async () => {
  let asked = 0;
  const part = (xid: number) => multipart(FLOW, xid, flowStats(Array(100).fill(readFlowText(flow))), true);
  await begin(
    (message, socket) => {
      if (message.type !== TYPE.multipartRequest || message.body[1] !== FLOW) return obedient(message, socket);
      asked += 1;
      if (asked > 1) return obedient(message, socket);
      writeWithoutEnd(socket, part(message.xid));
      return [];
    },
    { maxAnswerBytes: 1_000_000 },
  );
  await expect(session.refresh()).rejects.toMatchObject({
    code: 'protocol',
    message: 'the answer to flows does not end',
  });
  expect(session.flows).toBeUndefined();
  expect([...(await session.refresh()).values()]).toEqual([]);
});

test('as long an answer as is allowed is taken', async () => {
  const body = flowStats(Array(100).fill(readFlowText(flow)));
  const size = 2 * (body.length + 8);
  const parts: Behaviour = (message, socket) =>
    message.type === TYPE.multipartRequest && message.body[1] === FLOW
      ? [multipart(FLOW, message.xid, body, true), multipart(FLOW, message.xid, body)]
      : obedient(message, socket);
  await begin(parts, { maxAnswerBytes: size });
  expect(await session.dump(0n, 0n)).toHaveLength(200);
  await session.close();
  await peer.close();
  await begin(parts, { maxAnswerBytes: size - 1 });
  await expect(session.dump(0n, 0n)).rejects.toMatchObject({ code: 'protocol' });
});

test('a switch that asks for signs of life and takes none of them is given up', async () => {
  let connections = 0;
  await begin((message, socket) => {
    if (message.type !== TYPE.featuresRequest) return obedient(message, socket);
    connections += 1;
    if (connections > 1) return obedient(message, socket);
    socket.pause();
    writeWithoutEnd(
      socket,
      encodeMessage(TYPE.echoRequest, 7, (writer) => writer.zeros(60_000)),
    );
    return [];
  });
  const ended = await told('away');
  expect(ended).toMatchObject({
    error: { code: 'protocol', message: 'the switch asks without taking the answers' },
  });
  expect([...(await session.refresh()).values()]).toEqual([]);
});

test('a switch that asks a lot and takes the answers is kept', async () => {
  await begin(obedient);
  await told('connected');
  const count = 2_000;
  for (let xid = 0; xid < count; xid += 1) {
    peer.send(encodeMessage(TYPE.echoRequest, xid, (writer) => writer.zeros(5_000)));
  }
  const answers = () => peer.received.filter(({ type }) => type === TYPE.echoReply).length === count;
  await eventually(answers, { what: 'all answers' });
  expect(peer.sockets).toHaveLength(1);
});

test('a switch that falls silent is probed, and given up when it does not answer', async () => {
  await begin(obedient, { probeInterval: 30 });
  expect(await told('lost')).toMatchObject({
    error: { code: 'unreachable', message: 'the switch does not answer a probe' },
  });
  expect(peer.received.filter(({ type }) => type === TYPE.echoRequest).length).toBeGreaterThan(0);
  await eventually(() => peer.sockets.length > 1, { what: 'another connection' });
});

test('a switch that is silent but for answers to probes is kept', async () => {
  await begin(
    (message, socket) =>
      message.type === TYPE.echoRequest
        ? [encodeMessage(TYPE.echoReply, message.xid, (writer) => writer.raw(message.body))]
        : obedient(message, socket),
    // Longer than a busy machine takes to answer.
    { probeInterval: 400 },
  );
  const probes = () => peer.received.filter(({ type }) => type === TYPE.echoRequest).length >= 3;
  await eventually(probes, { what: 'three probes' });
  expect(peer.sockets).toHaveLength(1);
  expect(story.map(({ kind }) => kind)).toEqual(['connected']);
});
