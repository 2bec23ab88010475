import { describe, expect, test } from 'vitest';
import { parseCommandLine as parseAgent } from '../../src/settings/agent-command-line.ts';
import { UsageError } from '../../src/settings/command-words.ts';
import { parseCommandLine as parseServer } from '../../src/settings/server-command-line.ts';

const words = (text: string) => text.split(' ').filter((word) => word !== '');

describe.each([
  { name: 'taas-agent', parse: parseAgent },
  { name: 'taas-server', parse: parseServer },
])('the command line of $name', ({ parse }) => {
  test.each([
    ['', { kind: 'run', config: null }],
    ['--config f', { kind: 'run', config: 'f' }],
    ['--config=f --check-config', { kind: 'check-config', config: 'f' }],
    ['--version', { kind: 'version' }],
    ['-h', { kind: 'help' }],
    ['--help --version', { kind: 'help' }],
  ])('"%s"', (text, command) => {
    expect(parse(words(text))).toMatchObject(command);
  });

  test.each([
    ['start', 'unknown command: start'],
    ['--config f now', 'unknown command: now'],
    ['--config', "'--config <value>' argument missing"],
    ['--confg f', "Unknown option '--confg'"],
    ['--check-config=yes', "'--check-config' does not take an argument"],
  ])('"%s" is refused', (text, sentence) => {
    expect(() => parse(words(text))).toThrow(UsageError);
    expect(() => parse(words(text))).toThrow(sentence);
  });
});

test('taas-agent cleans up by a word of its own, which stands alone', () => {
  expect(parseAgent(words('cleanup --config f'))).toEqual({ kind: 'cleanup', config: 'f' });
  expect(() => parseAgent(words('cleanup cleanup'))).toThrow('unknown command: cleanup');
});

describe('tokens of taas-server', () => {
  test.each([
    [
      'token create --config f --name ids --project p1 --role member',
      { kind: 'create-token', config: 'f', name: 'ids', project: 'p1', role: 'member' },
    ],
    ['token --config f list', { kind: 'list-tokens', config: 'f' }],
    ['token list', { kind: 'list-tokens', config: null }],
    ['token delete --name ids --config f', { kind: 'delete-token', config: 'f', name: 'ids' }],
    ['token create --help', { kind: 'help' }],
  ])('"%s"', (text, command) => {
    expect(parseServer(words(text))).toEqual(command);
  });

  test.each([
    ['token', 'token needs create, list or delete behind it'],
    ['token revoke --name x', 'unknown command: token revoke'],
    ['token list all', 'unknown command: token list all'],
    ['token create --name x --role admin', 'token create needs --project'],
    ['token create --project p --role admin', 'token create needs --name'],
    ['token create --name x --project p', 'token create needs --role'],
    ['token create --name= --project p --role admin', 'token create needs --name'],
    ['token create --name x --project p --role owner', '--role must be one of admin, member, reader, not "owner"'],
    ['token delete', 'token delete needs --name'],
    ['token delete --name x --role admin', '--role does not go with token delete'],
    ['token list --check-config', '--check-config does not go with token list'],
    ['--config f --name x', '--name does not go with running the server'],
  ])('"%s" is refused', (text, sentence) => {
    expect(() => parseServer(words(text))).toThrow(UsageError);
    expect(() => parseServer(words(text))).toThrow(sentence);
  });
});
