import { handleSignals } from './handle-signals.ts';
import type { HostEvent } from './host-event.ts';
import { QuietCollector } from './quiet-collector.ts';
import { sdNotify } from './sd-notify.ts';
import { StatusLine } from './status-line.ts';
import { startWatchdog } from './watchdog.ts';

export interface DaemonFrameOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line for people: what `systemctl status` shows. */
  readonly describe: () => string;
  readonly trace: (event: HostEvent) => void;
}

/** What a daemon does when it is told to. Only `start` and `stop` may take their time; only `start` may fail. */
export interface Daemon {
  /** Resolves when the daemon does its work, or has begun to try. */
  readonly start: () => Promise<void> | void;
  readonly stop: (signal: NodeJS.Signals) => Promise<void>;
  /** Whether it made progress lately, for the watchdog. */
  readonly isAlive: () => boolean;
  readonly reload: () => void;
  readonly dump: () => void;
}

/** What every daemon has around its work: signals, and the talk with systemd. */
export class DaemonFrame {
  readonly #options: DaemonFrameOptions;
  readonly #notify: ReturnType<typeof sdNotify>;
  readonly #status: StatusLine;
  readonly #collector: QuietCollector;

  constructor(options: DaemonFrameOptions) {
    this.#options = options;
    this.#notify = sdNotify(options);
    this.#collector = new QuietCollector(options);
    this.#status = new StatusLine(options.describe, this.#notify.status);
  }

  /** Something has happened: what is described may have changed. */
  changed(): void {
    this.#collector.touch();
    this.#status.changed();
  }

  /** Runs the daemon until it was told to stop, and has. Rejects when it did not start. */
  async run({ start, stop, isAlive, reload, dump }: Daemon): Promise<void> {
    const { environment, describe, trace } = this.#options;
    const told = Promise.withResolvers<NodeJS.Signals>();
    const endSignals = handleSignals({
      stop: told.resolve,
      stopNow: () => process.exit(1),
      reload: () => void this.#reload(reload),
      dump,
    });
    const endWatchdog = startWatchdog({ environment, isAlive, feed: this.#notify.watchdog, trace });
    try {
      await start();
      await this.#notify.ready(describe());
      const signal = await told.promise;
      await this.#notify.stopping();
      await stop(signal);
    } finally {
      endWatchdog();
      endSignals();
    }
  }

  async #reload(reload: () => void): Promise<void> {
    await this.#notify.reloading();
    reload();
    await this.#notify.ready(this.#options.describe());
  }
}
