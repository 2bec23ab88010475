import type { SettingsModel } from '../../src/settings/settings-model.ts';
import { describeSettings } from './describe-settings.ts';

/** The rows that a document's table of settings must have, in Markdown: key, variable, default, meaning. */
export function settingsTable(model: SettingsModel): readonly string[] {
  return describeSettings(model).map(({ key, variable, default: value, unit, expected }) => {
    const given = value === null ? 'must be set' : `\`${value}\``;
    return `| \`${key}\` | \`${variable}\` | ${given}${unit === null ? '' : ` ${unit}`} | ${expected} |`;
  });
}
