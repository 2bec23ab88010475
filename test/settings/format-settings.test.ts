import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { formatSettings } from '../../src/settings/format-settings.ts';
import { maskedSettings } from '../../src/settings/masked-settings.ts';
import { serverModel } from '../../src/settings/server-settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { cases } from '../support/times.ts';
import { anyAgentSettings, anyServerSettings } from './any-settings.ts';
import type { Program } from './programs.ts';
import { readerOf } from './settings-of.ts';

interface Formatted {
  readonly name: string;
  readonly model: Program['model'];
  readonly any: fc.Arbitrary<{ readonly bus: { readonly urls: readonly string[] } }>;
}

describe.each<Formatted>([
  { name: 'taas-agent', model: agentModel, any: anyAgentSettings },
  { name: 'taas-server', model: serverModel, any: anyServerSettings },
])('settings of $name written as YAML', ({ model, any }) => {
  const { settingsOf } = readerOf(model);

  test('are what was given, and are read back the same', () => {
    fc.assert(
      fc.property(any, (wanted) => {
        const settings = settingsOf(JSON.stringify(wanted));
        const text = formatSettings(model, settings);
        expect(parse(text)).toEqual(wanted);
        expect(settingsOf(text)).toEqual(settings);
        expect(settings.bus.urls).toEqual(wanted.bus.urls);
      }),
      { numRuns: cases(300) },
    );
  });

  test('are read back the same but for passwords when masked', () => {
    fc.assert(
      fc.property(any, (wanted) => {
        const masked = maskedSettings(settingsOf(JSON.stringify(wanted)));
        expect(settingsOf(formatSettings(model, masked))).toEqual(masked);
        for (const [at, given] of wanted.bus.urls.entries()) {
          const [before, after] = [new URL(given), new URL(masked.bus.urls[at] ?? '')];
          expect(after.password).toBe(given.includes('@') ? '***' : '');
          expect([after.username, after.host, after.pathname]).toEqual([before.username, before.host, before.pathname]);
        }
      }),
      { numRuns: cases(300) },
    );
  });

  test('have no password when masked, and long lines stay whole', () => {
    const settings = settingsOf('bus: {urls: ["amqp://agent:hush@h:1/v", "amqp://agent:hu@sh@h", "amqp://h"]}');
    const text = formatSettings(model, maskedSettings(settings));
    expect(text).toContain('    - amqp://agent:***@h:1/v\n    - amqp://agent:***@h\n    - amqp://h\n');
    expect(formatSettings(model, settings)).toContain('amqp://agent:hush@h:1/v');
    const url = `amqp://${'h'.repeat(200)}/a b`.replace(' ', '%20');
    expect(formatSettings(model, settingsOf(`bus: {urls: ["${url}"]}`))).toContain(url);
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
      { numRuns: cases(1000) },
    );
  });
});
