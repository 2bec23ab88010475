import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';

/** A wire to the broker that can be cut without a word, as a failing network does. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connectSocket(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (bytes) => {
          if (!this.#cut) to.write(bytes);
        });
        from.on('error', () => undefined);
        from.on('close', () => {
          if (!this.#cut) to.destroy();
        });
      }
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `amqp://127.0.0.1:${address.port}`;
  }

  cut(): void {
    this.#cut = true;
    this.#server.close();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
