import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A connection on which a test writes what no HTTP client would. */
export interface RawConnection {
  send(text: string): void;
  /** All that the server sent, once it has closed the connection. */
  readonly received: Promise<string>;
  /** Resolves when the server has answered something. */
  readonly answered: Promise<unknown>;
  close(): void;
}

export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port) });
  await once(socket, 'connect');
  const answered = once(socket, 'readable');
  return { send: (chunk) => socket.write(chunk), received: text(socket), answered, close: () => socket.destroy() };
}
