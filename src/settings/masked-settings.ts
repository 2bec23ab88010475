import type { AgentSettings } from './agent-settings.ts';

/** The user stays readable; what follows the first colon up to the last '@' before the path is the password. */
function maskedUrl(url: string): string {
  return url.replace(/^([^/]*:\/\/[^/?#:@]*):[^/?#]*@/, '$1:***@');
}

/** The same settings with every password replaced by asterisks, fit to be shown. */
export function maskedSettings(settings: AgentSettings): AgentSettings {
  return { ...settings, bus: { ...settings.bus, urls: settings.bus.urls.map(maskedUrl) } };
}
