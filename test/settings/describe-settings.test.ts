import { describe, expect, test } from 'vitest';
import { describeSettings } from './describe-settings.ts';
import { programs } from './programs.ts';
import { settingsTable } from './settings-table.ts';

const rowsOf = (name: string) =>
  programs.filter((one) => one.name === name).flatMap(({ model }) => settingsTable(model));

describe('the description of the settings', () => {
  test.each(programs)('of $name has each variable once, with the prefix of the program', ({ model }) => {
    const variables = describeSettings(model).map((setting) => setting.variable);
    expect(variables).toContain(`${model.prefix}BUS_TLS_CA`);
    expect(variables.every((variable) => variable.startsWith(model.prefix))).toBe(true);
    expect(new Set(variables).size).toBe(variables.length);
  });

  test.each([
    ['taas-agent', 'port_grace_seconds', '| `TAAS_AGENT_PORT_GRACE_SECONDS` | `30` seconds |'],
    ['taas-agent', 'bus.urls', '| must be set |'],
    ['taas-agent', 'ovs.remote', '| `unix:<ovs.run_dir>/db.sock` |'],
    ['taas-agent', 'bridges.tunnel', '| `br-tun` |'],
    ['taas-server', 'listen', '| `TAAS_SERVER_LISTEN` | `127.0.0.1:9696` |'],
    ['taas-server', 'taas_id_range', '| `3900..3999` |'],
    ['taas-server', 'auth.noauth_on_any_address', '| `false` |'],
    ['taas-server', 'limits.body_bytes', '| `1048576` bytes |'],
  ])('becomes a row for %s: %s', (name, key, part) => {
    const rows = rowsOf(name).filter((text) => text.startsWith(`| \`${key}\` |`));
    expect(rows).toEqual([expect.stringContaining(part)]);
    expect(rows.join()).not.toContain('undefined');
  });
});
