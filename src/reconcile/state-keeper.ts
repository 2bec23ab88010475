import type { DesiredState } from '../tap/desired-state.ts';
import type { TapStore } from './ports.ts';

type Change = (state: DesiredState) => DesiredState;

/** When a change shows. */
type Showing = 'saved' | 'at once';

interface WaitingChange {
  readonly change: Change;
  readonly show: Showing;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface StateKeeperOptions {
  /** `state` has changed. */
  readonly onChange?: () => void;
  /** Changes that had shown could not be saved, and are undone: what they followed from is to be looked at again. */
  readonly onUndone?: (error: unknown) => void;
}

/** How long changes that show already wait for another to be saved with. */
const UNSAVED_MILLISECONDS = 100;

/**
 * Holds the desired state together with the disk. What must not be lost shows when it is saved. What follows from the
 * saved state and the switch, and would be found again after a crash, shows at once: it is saved with the next change
 * that is, or soon. Changes that come while a save is under way wait for it and are then taken together: each sees the
 * changes before it, and what is saved together counts, or fails, as a whole.
 */
export class StateKeeper {
  readonly #store: TapStore;
  readonly #options: StateKeeperOptions;
  #saved: DesiredState;
  #state: DesiredState;
  #waiting: WaitingChange[] = [];
  #isBusy = false;
  /** The last save has failed: nothing shows before it is saved, else it would be done and undone with each attempt. */
  #isFailing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: TapStore, initial: DesiredState, options: StateKeeperOptions = {}) {
    this.#store = store;
    this.#options = options;
    this.#saved = initial;
    this.#state = initial;
  }

  get state(): DesiredState {
    return this.#state;
  }

  /**
   * Resolves when the change shows. Rejects with the store's error, the change undone, or with what `change` throws,
   * which concerns no other change. A change that answers the same value costs nothing.
   */
  update(change: Change, show: Showing = 'saved'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, show, resolve, reject });
      if (!this.#isBusy) void this.#workOff();
    });
  }

  /** Resolves when everything that shows is saved, or undone. */
  async flush(): Promise<void> {
    // A failure is told by onUndone.
    await this.update((state) => state).catch(() => undefined);
  }

  /** Never rejects: every failure is that of the changes it concerns. */
  async #workOff(): Promise<void> {
    this.#isBusy = true;
    // Those who call within the same turn belong together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#takeTogether(this.#waiting.splice(0));
    this.#isBusy = false;
    if (this.#state !== this.#saved) this.#timer ??= setTimeout(() => void this.flush(), UNSAVED_MILLISECONDS);
  }

  async #takeTogether(batch: readonly WaitingChange[]): Promise<void> {
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
      const early = !this.#isFailing && made.every(({ show }) => show === 'at once');
      if (early) this.#show(next);
      else if (next !== this.#saved) await this.#save(next);
      for (const { resolve } of made) resolve();
    } catch (error) {
      for (const { reject } of made) reject(error);
    }
  }

  async #save(next: DesiredState): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      await this.#store.save(next);
      this.#saved = next;
      this.#isFailing = false;
      this.#show(next);
    } catch (error) {
      this.#isFailing = true;
      if (this.#show(this.#saved)) this.#options.onUndone?.(error);
      throw error;
    }
  }

  /** Answers whether that is new. */
  #show(state: DesiredState): boolean {
    if (state === this.#state) return false;
    this.#state = state;
    this.#options.onChange?.();
    return true;
  }
}
