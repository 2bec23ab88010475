import { createServer } from 'node:net';
import { eventually } from './eventually.ts';

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A free port of 127.0.0.1, below the range of outgoing connections: a server finds it free again after a restart. */
export async function freePort(): Promise<number> {
  return eventually(
    async () => {
      const port = 12_000 + Math.floor(Math.random() * 20_000);
      return (await isFree(port)) && port;
    },
    { what: 'a free port' },
  );
}
