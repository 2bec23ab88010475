import type { HostEvent } from './host-event.ts';

export interface WatchdogOptions {
  /** Where WATCHDOG_USEC and WATCHDOG_PID are looked up, as of sd_watchdog_enabled(3). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the daemon's loop made progress, not merely whether the process runs. Must not throw. */
  readonly isAlive: () => boolean;
  /** Tells systemd: SdNotify's watchdog. Must not reject. */
  readonly feed: () => Promise<void>;
  readonly trace: (event: HostEvent) => void;
}

/** The longest delay of Node's timers: past it they fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Half of the time that systemd allows between two signs of life, in milliseconds; undefined when it asks for none. */
function periodOf(environment: WatchdogOptions['environment']): number | undefined {
  const { WATCHDOG_USEC: micros = '', WATCHDOG_PID: pid } = environment;
  const meant = pid === undefined || pid === String(process.pid);
  return meant && /^[1-9]\d*$/.test(micros) ? Math.min(Number(micros) / 2000, MAX_DELAY_MS) : undefined;
}

/** Feeds systemd's watchdog while the daemon is alive. Returns what ends it; does nothing where no watchdog is set. */
export function startWatchdog({ environment, isAlive, feed, trace }: WatchdogOptions): () => void {
  const period = periodOf(environment);
  if (period === undefined) return () => undefined;
  let feeding = false;
  const beat = async () => {
    if (!isAlive()) return trace({ kind: 'watchdog-withheld' });
    // While systemd is slow to take one sign of life, further ones would only queue up behind it.
    if (feeding) return;
    feeding = true;
    await feed();
    feeding = false;
  };
  const timer = setInterval(() => void beat(), period);
  timer.unref();
  return () => clearInterval(timer);
}
