import type { z } from 'zod';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import type { SettingsModel, SettingsOf } from '../../src/settings/settings-model.ts';

/** The one setting without a default, in every program. */
export const REQUIRED = 'bus: {urls: ["amqp://127.0.0.1/"]}\n';

/** Reads one program's settings from a file's text and an environment. */
export function readerOf<Schema extends z.ZodType>(model: SettingsModel<Schema>) {
  const settingsOf = (text: string, environment: Record<string, string> = {}): SettingsOf<SettingsModel<Schema>> =>
    parseSettings(model, { file: { path: 'settings.yaml', text }, environment });

  /** What is wrong, sentence by sentence; empty when nothing is. */
  const problemsOf = (text: string, environment: Record<string, string> = {}): readonly string[] => {
    try {
      settingsOf(text, environment);
      return [];
    } catch (error) {
      if (error instanceof SettingsError) return error.problems;
      throw error;
    }
  };
  return { settingsOf, problemsOf };
}
