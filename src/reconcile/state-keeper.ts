import type { DesiredState } from '../tap/desired-state.ts';
import type { TapStore } from './ports.ts';

/**
 * Holds the desired state, and changes it only together with the disk: a change counts once it is saved, and changes
 * follow one another.
 */
export class StateKeeper {
  readonly #store: TapStore;
  #state: DesiredState;
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: TapStore, initial: DesiredState) {
    this.#store = store;
    this.#state = initial;
  }

  get state(): DesiredState {
    return this.#state;
  }

  /** Rejects with the store's error, leaving the state as it was. A change that answers the same value costs nothing. */
  update(change: (state: DesiredState) => DesiredState): Promise<void> {
    const turn = this.#last.then(async () => {
      const next = change(this.#state);
      if (next === this.#state) return;
      await this.#store.save(next);
      this.#state = next;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
