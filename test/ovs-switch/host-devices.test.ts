import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HostDevices } from '../../src/switch/host-devices.ts';

test('knows the interfaces of this machine by name and by address', () => {
  const devices = new HostDevices();
  expect(devices.holderOf('127.0.0.1')).toBe('lo');
  expect(devices.mtuOf('lo')).toBe(Number(readFileSync('/sys/class/net/lo/mtu', 'utf8')));
});

test('does not know what is not there', () => {
  const devices = new HostDevices();
  expect(devices.holderOf('203.0.113.77')).toBeUndefined();
  expect(devices.mtuOf('nowhere0')).toBeUndefined();
});

test.each(['', '.', '..', '../net/lo', '/lo', 'lo/', 'lo\0', 'l o', 'x'.repeat(16)])('%j is no name', (name) => {
  expect(new HostDevices().mtuOf(name)).toBeUndefined();
});
