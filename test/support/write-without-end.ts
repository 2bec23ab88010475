import type { Socket } from 'node:net';

/** Writes the same again and again, as fast as the other side takes it, until the connection is over. */
export function writeWithoutEnd(socket: Socket, bytes: string | Uint8Array): void {
  const write = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', write);
  write();
}
