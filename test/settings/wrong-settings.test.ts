import { describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { expectWrong } from './expect-wrong.ts';
import { REQUIRED, readerOf } from './settings-of.ts';

const { problemsOf } = readerOf(agentModel);

const readable = import.meta.filename;

describe('an unknown key', () => {
  test.each([
    ['bridges: {integraton: br-int}', 'bridges.integraton', 'bridges.integration'],
    ['bridge: {tap: br-tap}', 'bridge', 'bridges'],
    ['urls: [amqp://h]', 'urls', 'bus.urls'],
    ['port_grace: 3', 'port_grace', 'port_grace_seconds'],
    ['ovs: {tls: {certificate: x}}', 'ovs.tls.certificate', 'ovs.tls.cert'],
    ['log: {Level: info}', 'log.Level', 'log.level'],
    ['__proto__: 1', '__proto__', undefined],
  ])('%s is named with the nearest known one', (text, key, nearest) => {
    const sentence = `${key}: unknown setting; did you mean ${nearest ?? ''}`;
    expect(problemsOf(text, { TAAS_AGENT_BUS_URLS: 'amqp://h' })).toEqual([expect.stringContaining(sentence)]);
  });
});

describe('a wrong value is named in one sentence', () => {
  test.each([
    ['host', ['""', '"a b"', '3', 'ü', 'null']],
    ['bus.urls', ['[]', 'amqp://h', 'null', '{a: 1}']],
    [
      'bus.urls: entry 1',
      ['[http://h]', '["amqp://"]', '[3]', '["amqp://u:p%zz@h"]', '["amqp://u:1/2@h/"]', '[amqp://h h]'],
    ],
    ['bus.exchange', ['""', 'a b', '[neutron]', 'x'.repeat(128)]],
    ['bus.tls.ca', ['relative.pem', '/nowhere/at/all.pem', '/tmp', '5']],
    ['ovs.run_dir', ['run', `/${'r'.repeat(86)}`, '""']],
    [
      'ovs.remote',
      [
        '/var/run/db.sock',
        'unix:db.sock',
        'tcp:h',
        'tcp:h:0',
        'tcp:h:65536',
        '"tcp:[h]:1"',
        `unix:/${'x'.repeat(107)}`,
      ],
    ],
    ['bridges.integration', ['""', 'br/int', 'x'.repeat(16), '-br', '..', 'null', '1']],
    ['bridges.tunnel', ['""', 'br tun']],
    ['tunnel.truncate_to', ['63', '65536', '100.5', '"100"', 'all']],
    ['state_dir', ['var/lib', '1', '"/a\\0b"']],
    ['port_grace_seconds', ['-1', '86401', '"30"', '.inf', '.nan', 'null']],
    ['mirrors.max_in', ['0', '1.5', '"14"', '-3']],
    ['log.level', ['verbose', 'INFO', '1', 'null']],
  ])('%s', (where, values) => {
    expectWrong(agentModel, where, values);
  });

  test('a section that is no section', () => {
    expect(problemsOf(`${REQUIRED}log: debug\nbridges: [br-int]`)).toEqual([
      'log: must be a section with settings of its own, such as log.level',
      'bridges: must be a section with settings of its own, such as bridges.integration',
    ]);
  });
});

describe('settings that do not go together', () => {
  test.each([
    ['bridges: {tap: br-int}', 'bridges.tap: must be another bridge than bridges.integration, not also "br-int"'],
    ['bridges: {tunnel: br-tap}', 'bridges.tunnel: must be another bridge than bridges.tap, not also "br-tap"'],
    [
      'mirrors: {max_in: 20, max_out: 13}',
      'mirrors.max_out: must be at most 32 together with mirrors.max_in (20), not 13',
    ],
    [`ovs: {tls: {ca: ${readable}}}`, 'ovs.tls.ca: must be left out, or ovs.remote must be an ssl: address'],
  ])('%s', (text, sentence) => {
    expect(problemsOf(REQUIRED + text)).toEqual([sentence]);
  });

  test('an ssl: remote without its files', () => {
    const ovs = (tls: string) => problemsOf(`${REQUIRED}ovs: {remote: "ssl:127.0.0.1:6640", tls: {${tls}}}`);
    const because = 'must be set, because ovs.remote is an ssl: address';
    expect(ovs('')).toEqual(['ca', 'cert', 'key'].map((file) => `ovs.tls.${file}: ${because}`));
    expect(ovs(`ca: ${readable}, key: ${readable}`)).toEqual([
      'ovs.tls.cert: must be set too, because ovs.tls.key is set',
    ]);
    expect(ovs(`ca: ${readable}, cert: ${readable}, key: ${readable}`)).toEqual([]);
  });
});

describe('all that is wrong', () => {
  test('includes what does not go together beside wrong values of the same section', () => {
    const problems = problemsOf('bus: {exchange: "", urls: [amqp://h]}\nbridges: {integration: "", tap: x, tunnel: x}');
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'bus.exchange',
      'bridges.integration',
      'bridges.tunnel',
    ]);
  });

  test('shows no password, wherever a URL with one was put', () => {
    const url = 'amqp://agent:hush@h';
    const problems = problemsOf(`bus: {urls: "${url}", exchange: "${url}"}\n${url}: 1\nhost: {"${url}": 1}`, {
      TAAS_AGENT_STATE_DIR: url,
      TAAS_AGENT_OVS_TLS_CA: url,
    });
    expect(problems).toHaveLength(7);
    expect(problems.join('\n')).not.toContain('hush');
  });

  test.each([
    ['\n', '\\n'],
    ['\u0000', '\\u0000'],
    ['\u007f', '\\u007f'],
    ['\u0085', '\\u0085'],
    ['\u2028', '\\u2028'],
  ])('is said in one line, also where a name holds %j', (sign, shown) => {
    expect(problemsOf(REQUIRED, { [`TAAS_AGENT_A${sign}B`]: '' })).toEqual([
      expect.stringContaining(`TAAS_AGENT_A${shown}B: unknown setting`),
    ]);
  });

  test('is said also of a value that contains itself', () => {
    expect(problemsOf(`${REQUIRED}host: &me [*me]`)).toEqual([
      expect.stringMatching(/^host: must be .*not .*Circular/),
    ]);
  });
});
