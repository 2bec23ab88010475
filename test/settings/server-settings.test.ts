import { describe, expect, test } from 'vitest';
import { requireTokensFile } from '../../src/settings/require-tokens-file.ts';
import { serverModel } from '../../src/settings/server-settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { expectWrong } from './expect-wrong.ts';
import { REQUIRED, readerOf } from './settings-of.ts';

const { settingsOf, problemsOf } = readerOf(serverModel);
const readable = import.meta.filename;

describe('the settings of taas-server', () => {
  test('are the defaults where nothing is said', () => {
    expect(settingsOf(REQUIRED)).toEqual({
      listen: { host: '127.0.0.1', port: 9696 },
      database: '/var/lib/taas-server/taas.db',
      bus: { urls: ['amqp://127.0.0.1/'], exchange: 'neutron', tls: { ca: null, cert: null, key: null } },
      auth: { strategy: 'tokens', tokensFile: '/etc/taas-server/tokens', noauthOnAnyAddress: false },
      quota: { tapServices: 10, tapFlows: 100 },
      taasIdRange: { first: 3900, last: 3999 },
      tls: { cert: null, key: null, clientCa: null },
      limits: {
        bodyBytes: 1_048_576,
        headerBytes: 16_384,
        requestSeconds: 30,
        requestsPerMinute: 6000,
        pageSize: 0,
      },
      log: { level: 'info' },
    });
  });

  test('are taken from the environment, numbers and truth values too', () => {
    const settings = settingsOf(`${REQUIRED}auth: {noauth_on_any_address: false}`, {
      TAAS_SERVER_LISTEN: '[::]:0',
      TAAS_SERVER_AUTH_NOAUTH_ON_ANY_ADDRESS: 'true',
      TAAS_SERVER_QUOTA_TAP_FLOWS: '-1',
      TAAS_SERVER_TAAS_ID_RANGE: '1..4094',
      TAAS_SERVER_TLS_CERT: '',
      TAAS_AGENT_HOST: 'of another program',
    });
    expect(settings.listen).toEqual({ host: '::', port: 0 });
    expect(settings.auth.noauthOnAnyAddress).toBe(true);
    expect(settings.quota).toEqual({ tapServices: 10, tapFlows: -1 });
    expect(settings.taasIdRange).toEqual({ first: 1, last: 4094 });
    expect(problemsOf(REQUIRED, { TAAS_SERVER_AUTH_NOAUTH_ON_ANY_ADDRESS: 'yes' })).toEqual([
      expect.stringMatching(/^TAAS_SERVER_AUTH_NOAUTH_ON_ANY_ADDRESS: must be true to let .*, or false, not 'yes'$/),
    ]);
  });

  test.each([
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['"[::1]:65535"', '::1', 65_535],
    ['api.example:9696', 'api.example', 9696],
    ['localhost:0', 'localhost', 0],
  ])('listen: %s is a host and a port', (text, host, port) => {
    expect(settingsOf(`${REQUIRED}listen: ${text}`).listen).toEqual({ host, port });
  });
});

describe('a wrong value is named in one sentence', () => {
  test.each([
    [
      'listen',
      [
        '9696',
        ':9696',
        'h',
        '"h:"',
        'h:65536',
        'h:-1',
        '::1:80',
        '"[::1]"',
        '"[h]:80"',
        '0:80',
        '127.1:80',
        '1.2.3.256:8',
      ],
    ],
    ['listen', ['"h h:80"', 'null', '{host: h, port: 80}', 'http://h:80', 'h:80/']],
    ['database', ['taas.db', '":memory:"', '/var/lib/', '1']],
    ['auth.strategy', ['keystone', 'null', 'true']],
    ['auth.tokens_file', ['tokens.yaml', 'null', '/etc/']],
    ['auth.noauth_on_any_address', ['"true"', 'yes', '1', 'null']],
    ['quota.tap_services', ['-2', '1.5', '"10"', 'null']],
    ['quota.tap_flows', ['-2', '.inf']],
    [
      'taas_id_range',
      ['3900', '0..5', '5..4', '1..4095', '1...5', '"1..5 "', '01..5', '[1, 5]', '{first: 1, last: 5}'],
    ],
    ['limits.body_bytes', ['0', '104857601', '1024.5']],
    ['limits.header_bytes', ['1023', '1048577']],
    ['limits.request_seconds', ['0', '3601']],
    ['limits.requests_per_minute', ['-1', '0.5']],
    ['limits.page_size', ['-1', 'null']],
  ])('%s', (where, values) => {
    expectWrong(serverModel, where, values);
  });
});

describe('noauth', () => {
  const listening = (listen: string, more = '') =>
    problemsOf(`${REQUIRED}listen: "${listen}"\nauth: {strategy: noauth${more}}`);

  test.each(['127.0.0.1:1', '127.255.0.9:1', '[::1]:1', '[0:0:0:0:0:0:0:1]:1', 'localhost:1', 'LOCALHOST:1'])(
    'may listen on %s',
    (listen) => {
      expect(listening(listen)).toEqual([]);
    },
  );

  test.each([
    '0.0.0.0:1',
    '[::]:1',
    '10.0.0.1:1',
    '128.0.0.1:1',
    '[::2]:1',
    '127.0.0.1.example:1',
    'localhost.example:1',
  ])('may listen on %s only when told so', (listen) => {
    expect(listening(listen)).toEqual([
      `listen: must be a loopback address (127.0.0.0/8, ::1 or localhost), not ${listen}, because auth.strategy is noauth: ` +
        'every caller would be an administrator (auth.noauth_on_any_address: true allows it)',
    ]);
    expect(listening(listen, ', noauth_on_any_address: true')).toEqual([]);
    expect(problemsOf(`${REQUIRED}listen: "${listen}"`)).toEqual([]);
  });

  test('is said where the address was given, and a wrong address is named once', () => {
    expect(problemsOf(`${REQUIRED}auth: {strategy: noauth}`, { TAAS_SERVER_LISTEN: '0.0.0.0:1' })).toEqual([
      expect.stringMatching(/^TAAS_SERVER_LISTEN: must be a loopback address /),
    ]);
    expect(listening('nowhere')).toEqual([expect.stringMatching(/^listen: must be the HOST:PORT /)]);
  });
});

describe('the files for TLS', () => {
  test.each([
    ['cert', 'key'],
    ['key', 'cert'],
  ])('%s needs %s', (given, other) => {
    expect(problemsOf(`${REQUIRED}tls: {${given}: ${readable}}`)).toEqual([
      `tls.${other}: must be set too, because tls.${given} is set`,
    ]);
    expect(problemsOf(`${REQUIRED}tls: {${given}: ${readable}, client_ca: ${readable}}`)).toHaveLength(1);
  });

  test('must be readable', () => {
    expect(problemsOf(`${REQUIRED}tls: {cert: /nowhere.pem, key: ${readable}, client_ca: /tmp}`)).toEqual([
      expect.stringMatching(/^tls\.cert: must be the path of .*, but \/nowhere\.pem does not exist$/),
      expect.stringMatching(/^tls\.client_ca: must be the path of .*, but \/tmp is not a file$/),
    ]);
  });

  test('are the certificate with its key, and with those of clients', () => {
    const pair = `cert: ${readable}, key: ${readable}`;
    expect(problemsOf(`${REQUIRED}tls: {${pair}}`)).toEqual([]);
    expect(problemsOf(`${REQUIRED}tls: {${pair}, client_ca: ${readable}}`)).toEqual([]);
    expect(problemsOf(`${REQUIRED}tls: {client_ca: ${readable}}`)).toEqual([
      'tls.client_ca: must be left out, or tls.cert and tls.key must be set',
    ]);
  });
});

describe('the tokens file', () => {
  const auth = (text: string) => () => requireTokensFile(settingsOf(`${REQUIRED}auth: {${text}}`));

  test('must be there for a server that asks for tokens, and the sentence says how to get it', () => {
    expect(auth('tokens_file: /nowhere/tokens.yaml')).toThrow(SettingsError);
    expect(auth('tokens_file: /nowhere/tokens.yaml')).toThrow(
      'auth.tokens_file: must be a readable file because auth.strategy is tokens, but /nowhere/tokens.yaml does not exist; ' +
        'make a token with "taas-server token create", or set auth.strategy to noauth',
    );
    expect(auth(`tokens_file: ${readable}`)).not.toThrow();
    expect(auth('tokens_file: /nowhere/tokens.yaml, strategy: noauth')).not.toThrow();
  });
});
