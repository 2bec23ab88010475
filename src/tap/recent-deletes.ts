/** How many are remembered: far more than can be deleted while an answer to a sync is on its way. */
const REMEMBERED = 1000;

/** The ids that were deleted most recently, as a draft of the list: most batches look at it once, or add one. */
export class RecentDeletes {
  readonly #before: readonly string[];
  #ids: Set<string> | undefined;
  #isAsked = false;
  #isChanged = false;

  constructor(before: readonly string[]) {
    this.#before = before;
  }

  has(id: string): boolean {
    // A set of a thousand costs more than one walk over them, and less than many.
    if (!this.#ids && !this.#isAsked) {
      this.#isAsked = true;
      return this.#before.includes(id);
    }
    return this.#draft().has(id);
  }

  add(id: string): void {
    const ids = this.#draft();
    ids.delete(id);
    ids.add(id);
    this.#isChanged = true;
  }

  remove(id: string): void {
    if (!this.has(id)) return;
    this.#draft().delete(id);
    this.#isChanged = true;
  }

  /** Oldest first; the same list when nothing has changed. */
  list(): readonly string[] {
    return this.#isChanged ? [...this.#draft()].slice(-REMEMBERED) : this.#before;
  }

  #draft(): Set<string> {
    this.#ids ??= new Set(this.#before);
    return this.#ids;
  }
}
