import type { AgentSettings } from '../../src/settings/agent-settings.ts';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';

/** The one setting without a default. */
export const REQUIRED = 'bus: {urls: ["amqp://127.0.0.1/"]}\n';

export function settingsOf(text: string, environment: Record<string, string> = {}): AgentSettings {
  return parseSettings({ file: { path: 'agent.yaml', text }, environment });
}

/** What is wrong with a file and an environment, sentence by sentence; empty when nothing is. */
export function problemsOf(text: string, environment: Record<string, string> = {}): readonly string[] {
  try {
    settingsOf(text, environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}
