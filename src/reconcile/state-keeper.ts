import type { DesiredState } from '../tap/desired-state.ts';
import type { TapStore } from './ports.ts';

type Change = (state: DesiredState) => DesiredState;

/** When a change shows in `latest`. */
type Showing = 'saved' | 'at once';

interface WaitingChange {
  readonly change: Change;
  readonly show: Showing;
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
  readonly #onLatest: () => void;
  #state: DesiredState;
  #latest: DesiredState;
  #waiting: WaitingChange[] = [];
  #isSaving = false;
  /** The last save has failed. */
  #isFailing = false;

  /** @param onLatest called when `latest` has changed */
  constructor(store: TapStore, initial: DesiredState, onLatest: () => void = () => undefined) {
    this.#store = store;
    this.#onLatest = onLatest;
    this.#state = initial;
    this.#latest = initial;
  }

  get state(): DesiredState {
    return this.#state;
  }

  /**
   * `state`, with the changes that are being saved if they were to show at once. It is for what may happen twice, but
   * should not wait for the disk. While the disk refuses, it is what was saved last: else it would happen with each attempt.
   */
  get latest(): DesiredState {
    return this.#latest;
  }

  /**
   * Resolves when the change is saved. Rejects with the store's error, leaving the state as it was, or with what
   * `change` throws, which concerns no other change. A change that answers the same value costs nothing.
   */
  update(change: Change, show: Showing = 'saved'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, show, resolve, reject });
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
      if (next !== this.#state)
        await this.#save(
          next,
          made.every(({ show }) => show === 'at once'),
        );
      for (const { resolve } of made) resolve();
    } catch (error) {
      for (const { reject } of made) reject(error);
    }
  }

  async #save(next: DesiredState, early: boolean): Promise<void> {
    if (early && !this.#isFailing) this.#show(next);
    try {
      await this.#store.save(next);
      this.#state = next;
      this.#isFailing = false;
    } catch (error) {
      this.#isFailing = true;
      throw error;
    } finally {
      if (this.#latest !== this.#state) this.#show(this.#state);
    }
  }

  #show(latest: DesiredState): void {
    this.#latest = latest;
    this.#onLatest();
  }
}
