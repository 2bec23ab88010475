/** Remembers the last so many ids; the oldest is forgotten first. */
export class SeenIds {
  readonly #limit: number;
  // A Set keeps the order of insertion.
  readonly #ids = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#limit) return;
      this.#ids.delete(oldest);
    }
  }
}
