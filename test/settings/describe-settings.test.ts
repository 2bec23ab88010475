import { describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { describeSettings } from './describe-settings.ts';
import { settingsTable } from './settings-table.ts';

describe('the description of the settings', () => {
  test('has the variables that the documents promise, each once', () => {
    const variables = describeSettings(agentModel).map((setting) => setting.variable);
    expect(variables).toContain('TAAS_AGENT_BUS_TLS_CA');
    expect(variables).toContain('TAAS_AGENT_PORT_GRACE_SECONDS');
    expect(new Set(variables).size).toBe(variables.length);
  });

  test('becomes rows of a table with defaults and units', () => {
    const rows = settingsTable(agentModel);
    expect(rows).toHaveLength(describeSettings(agentModel).length);
    const row = (key: string) => rows.find((text) => text.startsWith(`| \`${key}\` |`));
    expect(row('port_grace_seconds')).toContain('| `TAAS_AGENT_PORT_GRACE_SECONDS` | `30` seconds |');
    expect(row('bus.urls')).toContain('| must be set |');
    expect(row('ovs.remote')).toContain('| `unix:<ovs.run_dir>/db.sock` |');
    expect(row('bridges.tunnel')).toContain('| `br-tun` |');
    expect(row('host')).not.toContain('undefined');
  });
});
