import type { Writable } from 'node:stream';

/**
 * Writes answers to the questions of a peer, and knows how much of them the peer has not taken yet: one that only asks, and
 * never reads, would fill our memory. Requests of our own do not count.
 */
export class Answers {
  readonly #stream: Pick<Writable, 'write'>;
  readonly #limit: number;
  #waiting = 0;

  /** @param limit bytes */
  constructor(stream: Pick<Writable, 'write'>, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
  }

  /** Answers whether it was written; when not, more waits than the limit allows. */
  write(bytes: Uint8Array): boolean {
    if (this.#waiting + bytes.length > this.#limit) return false;
    this.#waiting += bytes.length;
    this.#stream.write(bytes, () => {
      this.#waiting -= bytes.length;
    });
    return true;
  }
}
