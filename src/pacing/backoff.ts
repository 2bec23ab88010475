/** Delays that double from `first` to `last` milliseconds until `reset`. */
export class Backoff {
  readonly #first: number;
  readonly #last: number;
  #next: number;

  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
    this.#next = first;
  }

  next(): number {
    const delay = this.#next;
    this.#next = Math.min(this.#last, delay * 2);
    return delay;
  }

  reset(): void {
    this.#next = this.#first;
  }
}
