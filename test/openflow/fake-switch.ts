import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeHello } from '../../src/openflow/hello.ts';
import { encodeMessage, type Message, MessageStream, TYPE } from '../../src/openflow/message.ts';
import { addFolder } from '../support/folder.ts';

/** What a fake does upon a message: answers the bytes that it sends back, if any. */
export type Behaviour = (message: Message, socket: Socket) => readonly Uint8Array[];

export interface FakeSwitch {
  readonly remote: string;
  /** Everything that was received, over all connections. */
  readonly received: readonly Message[];
  /** Sockets of the connections, the last one last. */
  readonly sockets: readonly Socket[];
  readonly send: (...messages: readonly Uint8Array[]) => void;
  readonly close: () => Promise<void>;
}

export const multipart = (kind: number, xid: number, body: Uint8Array = new Uint8Array(), more = false) =>
  encodeMessage(TYPE.multipartReply, xid, (writer) =>
    writer
      .u16(kind)
      .u16(more ? 1 : 0)
      .zeros(4)
      .raw(body),
  );

export const errorOf = (xid: number, type: number, code: number) =>
  encodeMessage(TYPE.error, xid, (writer) => writer.u16(type).u16(code));

const kindOf = ({ body }: Message) => ((body[0] ?? 0) << 8) | (body[1] ?? 0);

/** A switch that has no flows and does all that it is told. */
export const obedient: Behaviour = (message) => {
  const { type, xid, body } = message;
  switch (type) {
    case TYPE.featuresRequest:
      return [encodeMessage(TYPE.featuresReply, xid, (writer) => writer.u64(0xabcn).zeros(4).u8(254).zeros(11))];
    case TYPE.multipartRequest:
      return [multipart(kindOf(message), xid)];
    case TYPE.barrierRequest:
      return [encodeMessage(TYPE.barrierReply, xid)];
    case TYPE.bundleControl:
      return [encodeMessage(TYPE.bundleControl, xid, (writer) => writer.raw(body))];
    default:
      return [];
  }
};

/** Listens in a folder of its own. */
export async function fakeSwitch(behave: Behaviour = obedient): Promise<FakeSwitch> {
  const folder = await addFolder('fake-switch');
  const path = join(folder.path, 'br.mgmt');
  const received: Message[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const stream = new MessageStream();
    socket.on('error', () => socket.destroy());
    socket.write(encodeHello(1));
    socket.on('data', (chunk) => {
      for (const message of stream.push(chunk)) {
        received.push(message);
        for (const answer of behave(message, socket)) socket.write(answer);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    remote: `unix:${path}`,
    received,
    sockets,
    send: (...messages) => void sockets.at(-1)?.write(Buffer.concat(messages)),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await folder.remove();
    },
  };
}
