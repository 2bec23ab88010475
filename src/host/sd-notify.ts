import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { HostError } from './host-error.ts';
import type { HostEvent } from './host-event.ts';

/**
 * Tells systemd about the daemon's state (sd_notify(3)). Calls are delivered one after another in their order; each resolves
 * when it is delivered or has failed, and never rejects: the daemon does its work whether or not systemd listens.
 */
export interface SdNotify {
  /** Start-up, or a reload, is complete. */
  ready(status: string): Promise<void>;
  reloading(): Promise<void>;
  stopping(): Promise<void>;
  /** One line for people, shown by `systemctl status`. */
  status(text: string): Promise<void>;
  watchdog(): Promise<void>;
}

export interface SdNotifyOptions {
  /** Where NOTIFY_SOCKET is looked up; without it nothing is ever sent. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly trace: (event: HostEvent) => void;
}

/** systemd-notify waits up to 5 s for systemd to have read the message, so that it is still there to be identified. */
const TIMEOUT_MS = 10_000;

const run = promisify(execFile);

/**
 * Node has no unix datagram sockets, and the npm packages that add them compile a native addon on the hypervisor. Where
 * NOTIFY_SOCKET is set, systemd's own systemd-notify(1) is installed and knows every kind of socket; a process for each
 * message costs some milliseconds twice a minute. It sends as itself: the unit needs NotifyAccess=all. Not execa, which
 * costs a daemon some 5 MB of memory, and this is all that it would be there for.
 */
async function deliver(state: readonly string[], { environment, trace }: SdNotifyOptions): Promise<void> {
  try {
    await run('systemd-notify', state, { env: environment, timeout: TIMEOUT_MS });
  } catch (cause) {
    // Node puts what the program wrote to standard error behind its own words.
    const message = cause instanceof Error ? cause.message.trim() : String(cause);
    trace({ kind: 'notify-failed', state, error: new HostError('notify-failed', message, { cause }) });
  }
}

/** A line break would begin another assignment. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** CLOCK_MONOTONIC in microseconds, which is what Node's high resolution time reads on Linux. */
function monotonicMicros(): string {
  return String(process.hrtime.bigint() / 1000n);
}

export function sdNotify(options: SdNotifyOptions): SdNotify {
  let last = Promise.resolve();
  const send = (...state: readonly string[]): Promise<void> => {
    if (!options.environment['NOTIFY_SOCKET']) return Promise.resolve();
    last = last.then(() => deliver(state, options));
    return last;
  };
  return {
    ready: (status) => send('READY=1', `STATUS=${oneLine(status)}`),
    reloading: () => send('RELOADING=1', `MONOTONIC_USEC=${monotonicMicros()}`),
    stopping: () => send('STOPPING=1'),
    status: (text) => send(`STATUS=${oneLine(text)}`),
    watchdog: () => send('WATCHDOG=1'),
  };
}
