import { type Rule, tlsFiles } from './settings-rules.ts';

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

export const tunnelRule: Rule = ({ mode, local_ip: localIp }, say) => {
  if (mode === 'own' && localIp === null) say(['local_ip'], 'must be set, because tunnel.mode is own');
};

/** Open vSwitch gives a bridge at most 32 mirrors (MAX_MIRRORS in its ofproto-dpif). */
const MAX_MIRRORS = 32;

export const mirrorRule: Rule = ({ max_in: maxIn, max_out: maxOut }, say) => {
  if (typeof maxIn !== 'number' || typeof maxOut !== 'number' || maxIn + maxOut <= MAX_MIRRORS) return;
  say(['max_out'], `must be at most ${MAX_MIRRORS} together with mirrors.max_in (${maxIn}), not ${maxOut}`);
};
