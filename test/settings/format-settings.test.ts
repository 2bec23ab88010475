import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { formatSettings } from '../../src/settings/format-settings.ts';
import { maskedSettings } from '../../src/settings/masked-settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { readerOf } from './settings-of.ts';

const { settingsOf } = readerOf(agentModel);

const readable = import.meta.filename;

/** Characters that mean something to YAML or to a URL among them. */
const word = (extra: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...`abcXYZ019${extra}`), minLength: 1, maxLength });

const credentials = fc.tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 })).map(([user, password]) => {
  const [left, right] = [user, password].map((text) => encodeURIComponent(text.toWellFormed()));
  return `${left}:${right}@`;
});
const url = (scheme: string) =>
  fc
    .tuple(fc.oneof(fc.constant(''), credentials), word('-', 8), fc.integer({ min: 1, max: 65535 }), word('-_%20', 6))
    .map(([who, host, port, vhost]) => `${scheme}://${who}h${host}h:${port}/${encodeURIComponent(vhost)}`);

const noFiles = fc.constant({ ca: null, cert: null, key: null });
const someFiles = fc.record({
  ca: fc.constantFrom(null, readable),
  cert: fc.constant(readable),
  key: fc.constant(readable),
});

const bus = fc.boolean().chain((tls) =>
  fc.record({
    urls: fc.array(url(tls ? 'amqps' : 'amqp'), { minLength: 1, maxLength: 4 }),
    exchange: word('_.:-', 127),
    tls: tls ? someFiles : noFiles,
  }),
);
// At most 81 bytes: the socket names below the run directory need the rest.
const path = word('/ .#:\'"&*!%@`é', 40).map((text) => `/${text}`);
const ovs = fc.oneof(
  fc.record({ run_dir: path, remote: path.map((at) => `unix:${at}`), tls: noFiles }),
  fc.record({ run_dir: path, remote: fc.constantFrom('tcp:127.0.0.1:6640', 'tcp:[fe80::1]:1'), tls: noFiles }),
  fc.record({
    run_dir: path,
    remote: fc.constant('ssl:ovsdb.example:6640'),
    tls: fc.record({ ca: fc.constant(readable), cert: fc.constant(readable), key: fc.constant(readable) }),
  }),
);
const bridges = fc
  .uniqueArray(
    word('_', 1).chain((first) => word('_.-', 14).map((rest) => first + rest)),
    { minLength: 3, maxLength: 3 },
  )
  .chain(([integration, tap, tunnel]) =>
    fc.constantFrom({ integration, tap, tunnel }, { integration, tap, tunnel: null }),
  );

const validSettings = fc.record({
  host: fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 200,
  }),
  bus,
  ovs,
  bridges,
  state_dir: path,
  port_grace_seconds: fc.double({ min: 0, max: 86_400, noNaN: true }).map((seconds) => seconds + 0),
  mirrors: fc
    .integer({ min: 1, max: 31 })
    .chain((maxIn) => fc.integer({ min: 1, max: 32 - maxIn }).map((maxOut) => ({ max_in: maxIn, max_out: maxOut }))),
  log: fc.record({ level: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal') }),
});

describe('settings written as YAML', () => {
  test('are read back the same', () => {
    fc.assert(
      fc.property(validSettings, (wanted) => {
        const settings = settingsOf(JSON.stringify(wanted));
        expect(settingsOf(formatSettings(agentModel, settings))).toEqual(settings);
        expect(settings.host).toBe(wanted.host);
        expect(settings.bus.urls).toEqual(wanted.bus.urls);
      }),
      { numRuns: 300 },
    );
  });

  test('are read back the same but for passwords when masked', () => {
    fc.assert(
      fc.property(validSettings, (wanted) => {
        const masked = maskedSettings(settingsOf(JSON.stringify(wanted)));
        expect(settingsOf(formatSettings(agentModel, masked))).toEqual(masked);
        for (const [at, given] of wanted.bus.urls.entries()) {
          const [before, after] = [new URL(given), new URL(masked.bus.urls[at] ?? '')];
          expect(after.password).toBe(given.includes('@') ? '***' : '');
          expect([after.username, after.host, after.pathname]).toEqual([before.username, before.host, before.pathname]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('have the keys of the settings file, and no password when masked', () => {
    const settings = settingsOf(
      'bus: {urls: ["amqp://agent:hush@h:1/v", "amqp://agent:hu@sh@h", "amqp://h"]}\nport_grace_seconds: 7',
    );
    const text = formatSettings(agentModel, maskedSettings(settings));
    expect(text).toContain('port_grace_seconds: 7\n');
    expect(text).toContain('    - amqp://agent:***@h:1/v\n    - amqp://agent:***@h\n    - amqp://h\n');
    expect(formatSettings(agentModel, settings)).toContain('amqp://agent:hush@h:1/v');
  });

  test('never fail with anything but a SettingsError, whatever the text', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.json(),
      fc.string({ unit: fc.constantFrom(...'ab:-*&!{}[],\n\t "\'#|>%@') }),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          settingsOf(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
