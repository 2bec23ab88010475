import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';

const LISTENER = join(import.meta.dirname, 'notify-socket.py');

/** A datagram socket in systemd's place. */
export interface NotifySocket {
  /** What the daemon must have in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The messages so far, each as its assignments; without the barriers that systemd-notify sends after each one. */
  messages(): readonly (readonly string[])[];
  /** Waits for a message with this assignment, and answers where it is among all. */
  heard(assignment: string): Promise<number>;
  stop(): Promise<void>;
}

/** @param name a path for the socket, or "@" and the name of an abstract one. */
export async function notifySocket(name: string): Promise<NotifySocket> {
  const listener = await startProcess('/usr/bin/python3', [LISTENER, name]);
  const lines = () => {
    const whole = listener.output().split('\n').slice(0, -1);
    return whole.map((line) => String(JSON.parse(line)));
  };
  await eventually(() => lines()[0] === 'listening', { what: 'the notify socket' });
  const messages = () =>
    lines()
      .slice(1)
      .filter((text) => text !== 'BARRIER=1')
      .map((text) => text.split('\n'));
  const heard = async (assignment: string) => {
    const at = () => messages().findIndex((message) => message.includes(assignment));
    await eventually(() => at() >= 0, { what: assignment });
    return at();
  };
  return {
    environment: { PATH: process.env['PATH'] ?? '', NOTIFY_SOCKET: name },
    messages,
    heard,
    stop: () => listener.stop('SIGKILL'),
  };
}
