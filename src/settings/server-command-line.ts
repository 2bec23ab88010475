import { commandWords, UsageError } from './command-words.ts';

export const USAGE = `usage: taas-server --config FILE                  run in the foreground
       taas-server --config FILE --check-config   show the settings, or everything that is wrong with them
       taas-server token create --config FILE --name NAME --project PROJECT --role admin|member|reader
                                                  make a token and print it, this once: only its hash is kept
       taas-server token list --config FILE       show the names, projects and roles of all tokens
       taas-server token delete --config FILE --name NAME
       taas-server --version

Settings come from FILE (YAML) and from environment variables TAAS_SERVER_..., which win over the file.
Exit codes: 0 done, 1 failed, 2 wrong usage or wrong settings.
`;

const roles = ['admin', 'member', 'reader'] as const;
type Role = (typeof roles)[number];

/** What the caller wants; `config` is the settings file, null for the environment alone. */
export type Command =
  | { readonly kind: 'version' | 'help' }
  | { readonly kind: 'run' | 'check-config' | 'list-tokens'; readonly config: string | null }
  | {
      readonly kind: 'create-token';
      readonly config: string | null;
      readonly name: string;
      readonly project: string;
      readonly role: Role;
    }
  | { readonly kind: 'delete-token'; readonly config: string | null; readonly name: string };

const options = {
  config: { type: 'string' },
  'check-config': { type: 'boolean' },
  name: { type: 'string' },
  project: { type: 'string' },
  role: { type: 'string' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The options that each command takes beside --config; '' is none, which runs the server. */
const takes: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['check-config']],
  ['token create', ['name', 'project', 'role']],
  ['token list', []],
  ['token delete', ['name']],
]);

function refuseSurplus(command: string, given: readonly string[]): void {
  const known = takes.get(command);
  if (!known && command === 'token') throw new UsageError('token needs create, list or delete behind it');
  if (!known) throw new UsageError(`unknown command: ${command}`);
  const surplus = given.find((name) => name !== 'config' && !known.includes(name));
  if (surplus) throw new UsageError(`--${surplus} does not go with ${command === '' ? 'running the server' : command}`);
}

function needed(command: string, option: string, text: string | undefined): string {
  if (text) return text;
  throw new UsageError(`${command} needs --${option}`);
}

function roleOf(text: string): Role {
  const role = roles.find((known) => known === text);
  if (role) return role;
  throw new UsageError(`--role must be one of ${roles.join(', ')}, not "${text}"`);
}

/**
 * Reads the words behind the program's name.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = commandWords(args, options);
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const command = positionals.join(' ');
  refuseSurplus(command, Object.keys(values));
  const config = values.config ?? null;
  if (command === '') return { kind: values['check-config'] ? 'check-config' : 'run', config };
  if (command === 'token list') return { kind: 'list-tokens', config };
  const name = needed(command, 'name', values.name);
  if (command === 'token delete') return { kind: 'delete-token', config, name };
  const project = needed(command, 'project', values.project);
  return { kind: 'create-token', config, name, project, role: roleOf(needed(command, 'role', values.role)) };
}
