import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HostEvent } from '../../src/host/host-event.ts';
import { sdNotify } from '../../src/host/sd-notify.ts';
import { startWatchdog } from '../../src/host/watchdog.ts';
import { eventually } from '../support/eventually.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { type NotifySocket, notifySocket } from './notify-socket.ts';

describe('the watchdog, heard by systemd', () => {
  let folder: Folder;
  let socket: NotifySocket;
  let stop = () => {};
  beforeEach(async () => {
    folder = await addFolder('watchdog');
    socket = await notifySocket(join(folder.path, 'notify'));
  });
  afterEach(async () => {
    stop();
    await socket.stop();
    await folder.remove();
  });

  test('is fed while there is progress, and not while there is none', async () => {
    const events: HostEvent[] = [];
    const trace = (event: HostEvent) => events.push(event);
    const environment = { ...socket.environment, WATCHDOG_USEC: '20000', WATCHDOG_PID: String(process.pid) };
    const systemd = sdNotify({ environment, trace });
    let alive = true;
    stop = startWatchdog({ environment, isAlive: () => alive, feed: () => systemd.watchdog(), trace });
    await eventually(() => socket.messages().length >= 3, { what: 'three signs of life' });
    expect(events).toEqual([]);

    alive = false;
    await systemd.status('stuck');
    const fed = await socket.heard('STATUS=stuck');
    await eventually(() => events.length >= 5, { what: 'signs of life withheld' });
    await systemd.status('still stuck');
    await socket.heard('STATUS=still stuck');
    expect(socket.messages().slice(fed)).toEqual([['STATUS=stuck'], ['STATUS=still stuck']]);
    expect(new Set(events.map((event) => event.kind))).toEqual(new Set(['watchdog-withheld']));

    alive = true;
    const before = socket.messages().length;
    await eventually(() => socket.messages().length > before, { what: 'a sign of life after recovery' });
    expect(socket.messages().at(-1)).toEqual(['WATCHDOG=1']);
  });
});

describe('the watchdog, by the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function run(environment: Record<string, string>, feed = () => Promise.resolve()) {
    let fed = 0;
    const counted = () => {
      fed += 1;
      return feed();
    };
    const stop = startWatchdog({ environment, isAlive: () => true, feed: counted, trace: () => undefined });
    return { stop, fed: () => fed };
  }

  test('is fed at half the time that systemd allows, until it is stopped', async () => {
    const watchdog = run({ WATCHDOG_USEC: '60000000' });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(watchdog.fed()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(watchdog.fed()).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(watchdog.fed()).toBe(3);
    watchdog.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(watchdog.fed()).toBe(3);
  });

  test('does not queue signs of life behind one that takes long', async () => {
    let finish = () => {};
    const slow = () => new Promise<void>((resolve) => (finish = resolve));
    const watchdog = run({ WATCHDOG_USEC: '2000000' }, slow);
    await vi.advanceTimersByTimeAsync(5000);
    expect(watchdog.fed()).toBe(1);
    finish();
    await vi.advanceTimersByTimeAsync(1000);
    expect(watchdog.fed()).toBe(2);
    watchdog.stop();
  });

  test.each([
    ['no watchdog is set', {}],
    ['it is meant for another process', { WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }],
    ['its time is no number', { WATCHDOG_USEC: 'soon' }],
    ['its time is zero', { WATCHDOG_USEC: '0' }],
  ])('rests when %s', (_, environment) => {
    const watchdog = run({ ...environment });
    expect(vi.getTimerCount()).toBe(0);
    expect(() => watchdog.stop()).not.toThrow();
  });
});
