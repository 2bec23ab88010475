/** The settings of every program that can hold a password. */
interface WithBus {
  readonly bus: { readonly urls: readonly string[] };
}

/** The user stays readable; what follows the first colon up to the last '@' before the path is the password. */
function maskedUrl(url: string): string {
  return url.replace(/^([^/]*:\/\/[^/?#:@]*):[^/?#]*@/, '$1:***@');
}

/** The same settings with every password replaced by asterisks, fit to be shown. */
export function maskedSettings<Settings extends WithBus>(settings: Settings): Settings {
  return { ...settings, bus: { ...settings.bus, urls: settings.bus.urls.map(maskedUrl) } };
}
