/** Lets a loop sleep until somebody has work for it; calls that come while it is awake count for the next round. */
export class WakeUp {
  #called = false;
  #resolve: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  call(): void {
    this.#called = true;
    this.#resolve?.();
  }

  /** Sleeps until called, at the longest for `milliseconds`; answers whether it was called. */
  async sleep(milliseconds: number): Promise<boolean> {
    if (!this.#called) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
        this.#timer = setTimeout(resolve, milliseconds);
      });
      clearTimeout(this.#timer);
      this.#resolve = undefined;
    }
    const called = this.#called;
    this.#called = false;
    return called;
  }
}
