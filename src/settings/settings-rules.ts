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

const isSet = (value: unknown): boolean => value !== null && value !== undefined;

function tlsFiles(tls: unknown, wanted: 'set' | 'missing'): TlsFile[] {
  const files: Readonly<Record<string, unknown>> = { ...(tls as object) };
  return TLS_FILES.filter((file) => isSet(files[file]) === (wanted === 'set'));
}

/** A certificate is of no use without its key, nor a key without its certificate. */
export const tlsRule =
  (of: string): Rule =>
  ({ cert, key }, say) => {
    if (isSet(cert) && !isSet(key)) say(['key'], `must be set too, because ${of}.cert is set`);
    if (isSet(key) && !isSet(cert)) say(['cert'], `must be set too, because ${of}.key is set`);
  };

/** TLS files beside plain connections mean that someone believes a connection encrypted that is not. */
export const busRule: Rule = ({ urls, tls }, say) => {
  const plain = Array.isArray(urls) && urls.length > 0 && !urls.some((url) => String(url).startsWith('amqps:'));
  const [file] = tlsFiles(tls, 'set');
  if (plain && file) say(['tls', file], 'must be left out, or a URL of bus.urls must be amqps://');
};

/** ovsdb-server asks every client on ssl: for a certificate (ovsdb-server(1), --ca-cert). */
export const ovsRule: Rule = ({ remote, tls }, say) => {
  if (typeof remote !== 'string') return;
  if (remote.startsWith('ssl:')) {
    const missing = tlsFiles(tls, 'missing');
    // Of cert and key only one: the rule of the tls section has named the other.
    const paired = missing.includes('cert') === missing.includes('key');
    for (const file of missing.filter((name) => name === 'ca' || paired)) {
      say(['tls', file], 'must be set, because ovs.remote is an ssl: address');
    }
    return;
  }
  const [file] = tlsFiles(tls, 'set');
  if (file) say(['tls', file], 'must be left out, or ovs.remote must be an ssl: address');
};

export const bridgeRule: Rule = (bridges, say) => {
  const keyOf = new Map<string, string>();
  for (const key of ['integration', 'tap', 'tunnel']) {
    const name = bridges[key];
    if (typeof name !== 'string') continue;
    const other = keyOf.get(name);
    if (other) say([key], `must be another bridge than bridges.${other}, not also ${JSON.stringify(name)}`);
    else keyOf.set(name, key);
  }
};

/** Open vSwitch gives a bridge at most 32 mirrors (MAX_MIRRORS in its ofproto-dpif). */
const MAX_MIRRORS = 32;

export const mirrorRule: Rule = ({ max_in: maxIn, max_out: maxOut }, say) => {
  if (typeof maxIn !== 'number' || typeof maxOut !== 'number' || maxIn + maxOut <= MAX_MIRRORS) return;
  say(['max_out'], `must be at most ${MAX_MIRRORS} together with mirrors.max_in (${maxIn}), not ${maxOut}`);
};
