import type { AgentCounters } from './agent-counters.ts';
import type { Log } from './log.ts';

/** Where the traces of the rooms become log lines and counts. */
export interface Narrator {
  readonly log: Log;
  readonly counters: AgentCounters;
}

/** Remembers what was said last, so that a state that lasts is told once and not at every look at it. */
export class Once {
  #last: string | undefined;

  /** Runs `tell` unless the same was told last. */
  tell(what: string, tell: () => void): void {
    if (this.#last === what) return;
    this.#last = what;
    tell();
  }

  /** It is over: the next is told, also if it is the same. */
  forget(): void {
    this.#last = undefined;
  }
}
