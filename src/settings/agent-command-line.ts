import { commandWords, UsageError } from './command-words.ts';

export const USAGE = `usage: taas-agent --config FILE                  run in the foreground
       taas-agent --config FILE --check-config   show the settings, or everything that is wrong with them
       taas-agent cleanup --config FILE          remove everything of ours from the switch
       taas-agent --version

Settings come from FILE (YAML) and from environment variables TAAS_AGENT_..., which win over the file.
Exit codes: 0 done, 1 failed, 2 wrong usage or wrong settings.
`;

/** What the caller wants; `config` is the settings file, null for the environment alone. */
export interface Command {
  readonly kind: 'run' | 'check-config' | 'cleanup' | 'version' | 'help';
  readonly config: string | null;
}

const options = {
  config: { type: 'string' },
  'check-config': { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the words behind the program's name.
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = commandWords(args, options);
  const surplus = positionals.find((word, index) => index > 0 || word !== 'cleanup');
  if (surplus !== undefined) throw new UsageError(`unknown command: ${surplus}`);
  const config = values.config ?? null;
  if (values.help) return { kind: 'help', config };
  if (values.version) return { kind: 'version', config };
  if (values['check-config']) return { kind: 'check-config', config };
  return { kind: positionals.length > 0 ? 'cleanup' : 'run', config };
}
