import { createConnection, createServer, type Socket } from 'node:net';
import { JsonStream } from '../../src/ovsdb-client/json-stream.ts';

export interface RefusingProxy {
  readonly close: () => Promise<void>;
}

function relay(client: Socket, target: string, refused: ReadonlySet<string>): Socket {
  const server = createConnection(target);
  const stream = new JsonStream(1 << 24);
  client.on('data', (chunk: Buffer) => {
    for (const message of stream.push(chunk)) {
      const { method, id = null } = message;
      if (typeof method === 'string' && refused.has(method)) {
        client.write(JSON.stringify({ id, error: 'unknown method' }));
      } else server.write(JSON.stringify(message));
    }
  });
  server.pipe(client);
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroy());
  for (const socket of [client, server]) socket.on('error', () => socket.destroy());
  return server;
}

/** Stands before a real server and answers some methods as an older release would: it does not know them. */
export async function startRefusingProxy(
  path: string,
  target: string,
  methods: readonly string[],
): Promise<RefusingProxy> {
  const refused = new Set(methods);
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    sockets.add(client);
    sockets.add(relay(client, target, refused));
  });
  await new Promise<void>((resolve) => proxy.listen(path, resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      proxy.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { close };
}
