/** What an idle connection calls for. */
export interface ProbeActions {
  /** Ask the peer for a sign of life. */
  readonly probe: () => void;
  /** The peer has given none for a whole interval after being asked. */
  readonly dead: () => void;
}

/**
 * Finds out whether a quiet peer still lives: after an interval without a byte it probes, after one more it declares
 * the peer dead. An interval of 0 switches it off.
 */
export class IdleProbe {
  readonly #actions: ProbeActions;
  readonly #timer: NodeJS.Timeout | undefined;
  #active = true;
  #probed = false;

  /** @param interval ms */
  constructor(interval: number, actions: ProbeActions) {
    this.#actions = actions;
    this.#timer = interval > 0 ? setInterval(() => this.#tick(), interval) : undefined;
  }

  /** The peer sent something. */
  activity(): void {
    this.#active = true;
    this.#probed = false;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    if (this.#active) {
      this.#active = false;
    } else if (this.#probed) {
      this.stop();
      this.#actions.dead();
    } else {
      this.#probed = true;
      this.#actions.probe();
    }
  }
}
