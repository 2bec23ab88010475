import { readFileSync } from 'node:fs';
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

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new SettingsError('file-unreadable', [`${path}: the settings file ${why}`], { cause });
  }
}
