import { readFileSync } from 'node:fs';
import type { AgentSettings } from './agent-settings.ts';
import { parseSettings } from './parse-settings.ts';
import { SettingsError } from './settings-error.ts';

/**
 * Reads the settings at start and on reload.
 * @param path the YAML file, or null for the environment alone.
 * @throws SettingsError naming everything that is wrong, a sentence each. Nothing else is thrown.
 */
export function loadSettings(
  path: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): AgentSettings {
  return parseSettings({ file: path === null ? null : { path, text: textOf(path) }, environment });
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
