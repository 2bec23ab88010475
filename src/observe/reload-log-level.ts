import type { Log, LogLevel } from './log.ts';

/** Takes the log level from settings that are read again; the rest of them waits for a restart. */
export function reloadLogLevel(log: Log, load: () => { readonly log: { readonly level: LogLevel } }): void {
  try {
    log.level = load().log.level;
    log.info({ logLevel: log.level }, 'settings read again: the log level is in force, other settings need a restart');
  } catch (error) {
    log.error({ err: error }, 'the settings are wrong: those in force stay');
  }
}
