import type { DesiredState } from '../tap/desired-state.ts';
import type { TapStore } from './ports.ts';

type Change = (state: DesiredState) => DesiredState;

interface WaitingChange {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Holds the desired state, and changes it only together with the disk: `state` is always what was saved last. Changes
 * that come while a save is under way wait for it and are then saved together: each sees the saved state with the
 * changes before it in its batch, and the batch counts, or fails, as a whole.
 */
export class StateKeeper {
  readonly #store: TapStore;
  #state: DesiredState;
  #waiting: WaitingChange[] = [];
  #isSaving = false;

  constructor(store: TapStore, initial: DesiredState) {
    this.#store = store;
    this.#state = initial;
  }

  get state(): DesiredState {
    return this.#state;
  }

  /**
   * Resolves when the change is saved. Rejects with the store's error, leaving the state as it was, or with what
   * `change` throws, which concerns no other change. A change that answers the same value costs nothing.
   */
  update(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#isSaving) void this.#saveAll();
    });
  }

  /** Never rejects: every failure is that of the changes it concerns. */
  async #saveAll(): Promise<void> {
    this.#isSaving = true;
    // Those who call within the same turn belong together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#saveTogether(this.#waiting.splice(0));
    this.#isSaving = false;
  }

  async #saveTogether(batch: readonly WaitingChange[]): Promise<void> {
    let next = this.#state;
    const made = batch.filter(({ change, reject }) => {
      try {
        next = change(next);
        return true;
      } catch (error) {
        reject(error);
        return false;
      }
    });
    try {
      if (next !== this.#state) await this.#store.save(next);
      this.#state = next;
      for (const { resolve } of made) resolve();
    } catch (error) {
      for (const { reject } of made) reject(error);
    }
  }
}
