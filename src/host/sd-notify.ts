import { type ExecFileException, execFile } from 'node:child_process';
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

/**
 * Node has no unix datagram sockets, and the npm packages that add them compile a native addon on the hypervisor. Where
 * NOTIFY_SOCKET is set, systemd's own systemd-notify(1) is installed and knows every kind of socket; a process for each
 * message costs some milliseconds twice a minute. It sends as itself: the unit needs NotifyAccess=all.
 *
 * Node's own execFile, as this is the only process that the daemons ever start: execa would take 8 MB on every host.
 */
function deliver(state: readonly string[], { environment, trace }: SdNotifyOptions): Promise<void> {
  return new Promise((resolve) => {
    const settings = { env: environment, timeout: TIMEOUT_MS };
    const child = execFile('systemd-notify', state, settings, (cause, _, stderr) => {
      if (cause) trace({ kind: 'notify-failed', state, error: failure(cause, stderr) });
      resolve();
    });
    child.stdin?.end();
  });
}

/** What Node says of a process that failed ends with what that wrote to standard error. */
function failure(cause: ExecFileException, stderr: string): HostError {
  const reason = cause.killed ? `no end within ${TIMEOUT_MS / 1000} s` : stderr || cause.message;
  return new HostError('notify-failed', `systemd-notify failed: ${reason.trim()}`, { cause });
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
