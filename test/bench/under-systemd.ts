import { join } from 'node:path';
import { notifySocket } from '../host/notify-socket.ts';
import { addFolder } from '../support/folder.ts';

/** systemd's part: what it sets for a daemon of Type=notify, and what it is told. */
export interface Systemd {
  readonly environment: Readonly<Record<string, string>>;
  /** Whether READY=1 has come. */
  isReady(): boolean;
}

/** WatchdogSec of systemd/taas-agent.service, in microseconds. */
const WATCHDOG_MICROS = 60_000_000;

/** Stands in for systemd while something is done: a daemon has work with it, a process for each thing that it tells. */
export async function underSystemd<T>(work: (systemd: Systemd) => Promise<T>): Promise<T> {
  const folder = await addFolder('notify');
  const socket = await notifySocket(join(folder.path, 'notify'));
  try {
    return await work({
      environment: { ...socket.environment, WATCHDOG_USEC: String(WATCHDOG_MICROS) },
      isReady: () => socket.messages().some((message) => message.includes('READY=1')),
    });
  } finally {
    await socket.stop();
    await folder.remove();
  }
}
