import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostEvent } from '../../src/host/host-event.ts';
import { sdNotify } from '../../src/host/sd-notify.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { type NotifySocket, notifySocket } from './notify-socket.ts';

let folder: Folder;
let socket: NotifySocket | undefined;
let events: HostEvent[] = [];
const trace = (event: HostEvent) => events.push(event);

beforeEach(async () => {
  events = [];
  folder = await addFolder('notify');
});
afterEach(async () => {
  await socket?.stop();
  socket = undefined;
  await folder.remove();
});

const monotonic = () => process.hrtime.bigint() / 1000n;

describe('systemd is told', () => {
  test('everything, in order, one message each', async () => {
    socket = await notifySocket(join(folder.path, 'notify'));
    const systemd = sdNotify({ environment: socket.environment, trace });
    const before = monotonic();
    await Promise.all([
      systemd.status('connecting'),
      systemd.ready('3 taps\nREADY=0  in place'),
      systemd.reloading(),
      systemd.watchdog(),
      systemd.stopping(),
    ]);
    const after = monotonic();
    expect(events).toEqual([]);
    await socket.heard('STOPPING=1');
    const [status, ready, reloading, ...others] = socket.messages();
    expect([status, ready, ...others]).toEqual([
      ['STATUS=connecting'],
      ['READY=1', 'STATUS=3 taps READY=0 in place'],
      ['WATCHDOG=1'],
      ['STOPPING=1'],
    ]);
    expect(reloading?.[0]).toBe('RELOADING=1');
    const micros = BigInt(/^MONOTONIC_USEC=(\d+)$/.exec(reloading?.[1] ?? '')?.[1] ?? 0);
    expect(micros >= before && micros <= after).toBe(true);
  });

  test('through an abstract socket as well', async () => {
    socket = await notifySocket(`@taas-test-${process.pid}-${Date.now()}`);
    await sdNotify({ environment: socket.environment, trace }).ready('up');
    await socket.heard('READY=1');
    expect(socket.messages()).toEqual([['READY=1', 'STATUS=up']]);
    expect(events).toEqual([]);
  });
});

describe('systemd that does not hear', () => {
  test('is nobody without NOTIFY_SOCKET: nothing is started, nothing fails', async () => {
    const systemd = sdNotify({ environment: { PATH: '/nowhere' }, trace });
    await Promise.all([
      systemd.ready('up'),
      systemd.reloading(),
      systemd.stopping(),
      systemd.watchdog(),
      systemd.status('x'),
    ]);
    expect(events).toEqual([]);
  });

  test.each([
    ['no socket is there', process.env['PATH'] ?? '', 'No such file'],
    ['systemd-notify is missing', '/nowhere', 'ENOENT'],
  ])('is traced when %s, and nothing else happens', async (_, path, why) => {
    const environment = { PATH: path, NOTIFY_SOCKET: join(folder.path, 'missing') };
    await sdNotify({ environment, trace }).ready('up');
    expect(events).toMatchObject([
      { kind: 'notify-failed', state: ['READY=1', 'STATUS=up'], error: { code: 'notify-failed' } },
    ]);
    expect(events[0]?.kind === 'notify-failed' && events[0].error.message).toContain(why);
  });

  test('does not get what no process can be given, and hears what comes after it', async () => {
    socket = await notifySocket(join(folder.path, 'notify'));
    const systemd = sdNotify({ environment: socket.environment, trace });
    await systemd.status('a\0b');
    expect(events).toMatchObject([{ kind: 'notify-failed', error: { code: 'notify-failed' } }]);
    await systemd.status('heard');
    await socket.heard('STATUS=heard');
  });

  test('hears what comes later', async () => {
    const path = join(folder.path, 'notify');
    const environment = { PATH: process.env['PATH'] ?? '', NOTIFY_SOCKET: path };
    const systemd = sdNotify({ environment, trace });
    await systemd.status('lost');
    socket = await notifySocket(path);
    await systemd.status('heard');
    await socket.heard('STATUS=heard');
    expect(socket.messages()).toEqual([['STATUS=heard']]);
    expect(events).toHaveLength(1);
  });
});
