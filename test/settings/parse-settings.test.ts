import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { REQUIRED, readerOf } from './settings-of.ts';

const { settingsOf, problemsOf } = readerOf(agentModel);

describe('settings', () => {
  test('are the defaults where nothing is said', () => {
    expect(settingsOf(REQUIRED)).toEqual({
      host: hostname(),
      bus: { urls: ['amqp://127.0.0.1/'], exchange: 'neutron', tls: { ca: null, cert: null, key: null } },
      ovs: {
        runDir: '/var/run/openvswitch',
        remote: 'unix:/var/run/openvswitch/db.sock',
        tls: { ca: null, cert: null, key: null },
      },
      bridges: { integration: 'br-int', tap: 'br-tap', tunnel: 'br-tun' },
      tunnel: { mode: 'auto', type: 'vxlan', localIp: null, keyOffset: 0, peers: [], truncateTo: null },
      stateDir: '/var/lib/taas-agent',
      portGraceSeconds: 30,
      mirrors: { maxIn: 14, maxOut: 14 },
      log: { level: 'info' },
    });
  });

  test('take the OVSDB address from the run directory unless it is said', () => {
    expect(settingsOf(`${REQUIRED}ovs: {run_dir: /run/a}`).ovs.remote).toBe('unix:/run/a/db.sock');
    expect(settingsOf(`${REQUIRED}ovs: {run_dir: /run/a, remote: "tcp:[::1]:6640"}`).ovs.remote).toBe('tcp:[::1]:6640');
  });

  test('may have sections whose keys are all commented out', () => {
    expect(settingsOf('bridges:\novs:\n  tls:\n', { TAAS_AGENT_BUS_URLS: 'amqp://h' }).bridges.tap).toBe('br-tap');
  });
});

describe('the environment', () => {
  test('wins over the file, also over a wrong value in it', () => {
    const settings = settingsOf(`${REQUIRED}bridges: {tap: "not a name", tunnel: br-x}\nport_grace_seconds: 5`, {
      TAAS_AGENT_BRIDGES_TAP: 'br-copy',
      TAAS_AGENT_BRIDGES_TUNNEL: 'null',
      TAAS_AGENT_PORT_GRACE_SECONDS: '0.5',
      TAAS_AGENT_BUS_URLS: 'amqp://a:1/, amqp://b:2/v',
      TAAS_AGENT_MIRRORS_MAX_IN: '3',
      TAAS_AGENTX: 'of another program',
    });
    expect(settings.bridges).toEqual({ integration: 'br-int', tap: 'br-copy', tunnel: null });
    expect(settings.portGraceSeconds).toBe(0.5);
    expect(settings.bus.urls).toEqual(['amqp://a:1/', 'amqp://b:2/v']);
    expect(settings.mirrors).toEqual({ maxIn: 3, maxOut: 14 });
  });

  test('says null or a number where a setting takes either', () => {
    const at = (text: string) => settingsOf(REQUIRED, { TAAS_AGENT_TUNNEL_TRUNCATE_TO: text }).tunnel.truncateTo;
    expect([at('64'), at('65535'), at('null'), at('')]).toEqual([64, 65_535, null, null]);
  });

  test('takes an empty value as none where none is possible, and as wrong elsewhere', () => {
    expect(settingsOf(REQUIRED, { TAAS_AGENT_BRIDGES_TUNNEL: '' }).bridges.tunnel).toBeNull();
    expect(problemsOf(REQUIRED, { TAAS_AGENT_BRIDGES_TAP: '' })).toEqual([
      expect.stringMatching(/^TAAS_AGENT_BRIDGES_TAP: must be the name of .*, not ''$/),
    ]);
  });

  test('is named in what is wrong, with the nearest variable for an unknown one', () => {
    const wrong = {
      TAAS_AGENT_BUS_URL: 'amqp://h',
      TAAS_AGENT_PORT_GRACE_SECONDS: 'soon',
      TAAS_AGENT_BUS_URLS: 'amqp://h,',
    };
    expect(problemsOf('', wrong)).toEqual([
      'TAAS_AGENT_BUS_URL: unknown setting; did you mean TAAS_AGENT_BUS_URLS?',
      expect.stringMatching(/^TAAS_AGENT_BUS_URLS: entry 2 must be an amqp:\/\/ or amqps:\/\/ URL/),
      expect.stringMatching(/^TAAS_AGENT_PORT_GRACE_SECONDS: must be .* a number from 0 to 86400, not 'soon'$/),
    ]);
  });
});
