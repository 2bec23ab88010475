import { stringify } from 'yaml';
import type { AgentSettings } from './agent-settings.ts';

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function snaked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [snakeCase(key), snaked(child)]));
}

/** Writes settings as the YAML file that gives the same settings again. Passwords too: mask them first to show them. */
export function formatSettings(settings: AgentSettings): string {
  // Folded lines would be read back the same, but a long URL could no longer be found by its text.
  return stringify(snaked(settings), { lineWidth: 0 });
}
