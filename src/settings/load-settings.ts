import { closeSync, openSync, readSync } from 'node:fs';
import type { z } from 'zod';
import { parseSettings } from './parse-settings.ts';
import { SettingsError } from './settings-error.ts';
import type { SettingsModel, SettingsOf } from './settings-model.ts';

/**
 * Reads the settings at start and on reload.
 * @param path the YAML file, or null for the environment alone.
 * @throws SettingsError naming everything that is wrong, a sentence each. Nothing else is thrown.
 */
export function loadSettings<Schema extends z.ZodType>(
  model: SettingsModel<Schema>,
  path: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): SettingsOf<SettingsModel<Schema>> {
  return parseSettings(model, { file: path === null ? null : { path, text: textOf(path) }, environment });
}

/** Some fifty times the sample file; what is longer is no settings file, and might have no end. */
const MAX_BYTES = 262_144;

function textOf(path: string): string {
  const bytes = firstBytes(path, MAX_BYTES + 1);
  if (bytes.length <= MAX_BYTES) return bytes.toString('utf8');
  throw new SettingsError('file-unreadable', [`${path}: the settings file is longer than ${MAX_BYTES} bytes`]);
}

function firstBytes(path: string, count: number): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      return readUpTo(file, count);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new SettingsError('file-unreadable', [`${path}: the settings file ${why}`], { cause });
  }
}

/** One read may give less than there is. */
function readUpTo(file: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  let size = 0;
  for (let read = -1; read !== 0 && size < count; size += read) read = readSync(file, bytes, size, count - size, null);
  return bytes.subarray(0, size);
}
