import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line makes no sense; the message says which word. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads options and the words between them.
 * @throws UsageError for an option that is unknown, or lacks its value.
 */
export function commandWords<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
