/**
 * What must hold between the settings of one section, said with `say` for the key at `path` below it. The values may still be
 * wrong one by one, or missing: those have their own messages, and a rule says nothing about them.
 */
export type Rule = (
  values: Readonly<Record<string, unknown>>,
  say: (path: readonly string[], message: string) => void,
) => void;

const TLS_FILES = ['ca', 'cert', 'key'] as const;
type TlsFile = (typeof TLS_FILES)[number];

export const isSet = (value: unknown): boolean => value !== null && value !== undefined;

export function tlsFiles(tls: unknown, wanted: 'set' | 'missing'): TlsFile[] {
  const files: Readonly<Record<string, unknown>> = { ...(tls as object) };
  return TLS_FILES.filter((file) => isSet(files[file]) === (wanted === 'set'));
}

/** A certificate is of no use without its key, nor a key without its certificate. */
export const tlsRule =
  (tls: string): Rule =>
  ({ cert, key }, say) => {
    if (isSet(cert) && !isSet(key)) say(['key'], `must be set too, because ${tls}.cert is set`);
    if (isSet(key) && !isSet(cert)) say(['cert'], `must be set too, because ${tls}.key is set`);
  };

/** TLS files beside plain connections mean that someone believes a connection encrypted that is not. */
export const busRule: Rule = ({ urls, tls }, say) => {
  const plain = Array.isArray(urls) && urls.length > 0 && !urls.some((url) => String(url).startsWith('amqps:'));
  const [file] = tlsFiles(tls, 'set');
  if (plain && file) say(['tls', file], 'must be left out, or a URL of bus.urls must be amqps://');
};
