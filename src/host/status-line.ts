/** How long changes are gathered before systemd is told, in milliseconds: each telling costs a process. */
const GATHER = 1000;

/** Keeps systemd's status line true without telling it every change of a busy moment. */
export class StatusLine {
  readonly #describe: () => string;
  readonly #tell: (text: string) => Promise<void>;
  #told = '';
  #timer: NodeJS.Timeout | undefined;

  /** `tell` must not reject. */
  constructor(describe: () => string, tell: (text: string) => Promise<void>) {
    this.#describe = describe;
    this.#tell = tell;
  }

  /** What is described may have changed. */
  changed(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const text = this.#describe();
      if (text !== this.#told) void this.#tell(text);
      this.#told = text;
    }, GATHER);
    this.#timer.unref();
  }
}
