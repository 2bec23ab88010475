import type { ServerSettings } from './server-settings.ts';
import { unreadable } from './setting-values.ts';
import { SettingsError } from './settings-error.ts';

/**
 * The tokens file must be there for a server that asks for tokens. Not a rule of the schema: the command that makes the
 * first token, and the file with it, reads the same settings.
 * @throws SettingsError settings-wrong
 */
export function requireTokensFile({ auth }: Pick<ServerSettings, 'auth'>): void {
  if (auth.strategy !== 'tokens') return;
  const fault = unreadable(auth.tokensFile);
  if (fault === undefined) return;
  const remedy = 'make a token with "taas-server token create", or set auth.strategy to noauth';
  throw new SettingsError('settings-wrong', [
    `auth.tokens_file: must be a readable file because auth.strategy is tokens, but ${auth.tokensFile} ${fault}; ${remedy}`,
  ]);
}
