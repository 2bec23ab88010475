/** Functions that want to hear of something. One that throws is reported, and keeps none of the others from hearing. */
export class Listeners<V> {
  readonly #failed: (error: unknown) => void;
  readonly #listeners = new Set<{ readonly call: (value: V) => void }>();

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** @returns a function that takes the listener off again */
  add(call: (value: V) => void): () => void {
    const listener = { call };
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  tell(value: V): void {
    for (const { call } of [...this.#listeners]) {
      try {
        call(value);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
