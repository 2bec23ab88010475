import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../src/ovsdb-client/json.ts';
import { JsonStream } from '../../src/ovsdb-client/json-stream.ts';
import { addFolder } from '../support/folder.ts';
import { writeWithoutEnd } from '../support/write-without-end.ts';

/** One client's connection, as the server sees it. */
export interface FakeConnection {
  readonly send: (message: JsonObject) => void;
  /** Several messages in one piece, so that the client reads them at once. */
  readonly sendTogether: (...messages: readonly JsonObject[]) => void;
  readonly raw: (bytes: string | Uint8Array) => void;
  /** Takes nothing any more, and writes the same again and again until the connection is over. */
  readonly floodDeaf: (bytes: string) => void;
  readonly end: () => void;
}

export interface FakeRequest {
  readonly id: Json;
  readonly params: Json;
}

/** Answers a request: with a reply, or with undefined to stay silent (or to have sent something itself). */
export type FakeMethod = (request: FakeRequest, connection: FakeConnection) => JsonObject | undefined;

export interface FakeServer {
  readonly remote: string;
  /** The methods of everything that was received, in order, over all connections. */
  readonly received: readonly JsonObject[];
  readonly connections: readonly FakeConnection[];
  readonly close: () => Promise<void>;
}

/** The database that the fake serves. */
export const fakeSchema = {
  name: 'Test',
  tables: {
    Thing: { columns: { name: { type: 'string' }, tags: { type: { key: 'string', min: 0, max: 'unlimited' } } } },
  },
};

const defaults: Readonly<Record<string, FakeMethod>> = {
  get_schema: () => ({ result: fakeSchema }),
  monitor_cond_since: () => ({ result: [false, '00000000-0000-0000-0000-000000000000', {}] }),
  echo: ({ params }) => ({ result: params }),
};

function accept(socket: Socket, methods: Readonly<Record<string, FakeMethod>>, received: JsonObject[]): FakeConnection {
  const write = (bytes: string | Uint8Array) => void socket.write(bytes);
  const connection: FakeConnection = {
    send: (message) => write(JSON.stringify(message)),
    sendTogether: (...messages) => write(messages.map((message) => JSON.stringify(message)).join('')),
    raw: write,
    floodDeaf: (bytes) => {
      socket.pause();
      writeWithoutEnd(socket, bytes);
    },
    end: () => void socket.destroy(),
  };
  const stream = new JsonStream(1 << 24);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    for (const message of stream.push(chunk)) {
      received.push(message);
      const { id = null, method, params = [] } = message;
      if (typeof method !== 'string' || id === null) continue;
      const answer = methods[method] ?? (() => ({ error: 'unknown method' }));
      const reply = answer({ id, params }, connection);
      if (reply) connection.send({ result: null, error: null, ...reply, id });
    }
  });
  return connection;
}

const listen = (server: Server, path: string) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

/** A server that errs as no real ovsdb-server does on demand. It speaks the protocol over a real socket. */
export async function startFakeServer(methods: Readonly<Record<string, FakeMethod>> = {}): Promise<FakeServer> {
  const folder = await addFolder('fake-ovsdb');
  const path = join(folder.path, 'db.sock');
  const received: JsonObject[] = [];
  const connections: FakeConnection[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    connections.push(accept(socket, { ...defaults, ...methods }, received));
  });
  await listen(server, path);
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
    await folder.remove();
  };
  return { remote: `unix:${path}`, received, connections, close };
}
