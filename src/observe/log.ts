import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';
import { serializeError } from './serialize-error.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/**
 * Writes one JSON object a line: level, time (ISO 8601, UTC), name, host, the given fields, msg. An error goes into the
 * field `err`. `level` can be set at any time. There are no child loggers: they would keep the level that they began with.
 */
export type Log = Pick<Logger, LogLevel | 'isLevelEnabled'> & { level: LogLevel };

export interface LogOptions {
  readonly level: LogLevel;
  /** What every line has, before its own fields: the program's name, and on a host the name that the control plane knows it by. */
  readonly base: { readonly name: string; readonly host?: string };
  /** Standard output unless given. */
  readonly stream?: DestinationStream;
}

/**
 * Takes user and password out of every URL in a line, wherever they came from: a field, a message, an error's text. Works on
 * the JSON text, so it goes past an escaped quote but never past the end of a string.
 */
function withoutCredentials(line: string): string {
  return line.replace(/:\/\/(?:[^\s/?#"\\]|\\["\\u])*@/g, '://***@');
}

export function createLog({ level, base, stream = destination({ fd: 1, sync: true }) }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      hooks: { streamWrite: withoutCredentials },
    },
    stream,
  );
  return logger as Log;
}
