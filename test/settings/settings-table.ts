import { describeSettings } from './describe-settings.ts';

/** The rows that a document's table of settings must have, in Markdown: key, variable, default, meaning. */
export function settingsTable(): readonly string[] {
  return describeSettings().map(({ key, variable, default: value, unit, expected }) => {
    const given = value === null ? 'must be set' : `\`${value}\``;
    return `| \`${key}\` | \`${variable}\` | ${given}${unit === null ? '' : ` ${unit}`} | ${expected} |`;
  });
}
