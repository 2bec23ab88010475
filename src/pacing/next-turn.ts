/** Hands values on in the next turn of the event loop, in their order: by then all sockets were read that had something to say. */
export class NextTurn<V> {
  readonly #take: (value: V) => void;
  readonly #waiting: V[] = [];

  constructor(take: (value: V) => void) {
    this.#take = take;
  }

  add(value: V): void {
    this.#waiting.push(value);
    if (this.#waiting.length > 1) return;
    setImmediate(() => {
      for (const each of this.#waiting.splice(0)) this.#take(each);
    });
  }
}
