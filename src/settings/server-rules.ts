import { formatHostAndPort, isLoopback } from './host-and-port.ts';
import { isSet, type Rule, tlsRule } from './settings-rules.ts';

/** Whoever reaches a server without authentication commands all taps of the fleet: only this machine, unless told so. */
export const noauthRule: Rule = ({ listen, auth }, say) => {
  const { strategy, noauth_on_any_address: anyAddress }: Readonly<Record<string, unknown>> = { ...(auth as object) };
  // An address that is not decoded is wrong, and is named by itself.
  if (strategy !== 'noauth' || anyAddress === true || typeof listen !== 'object' || listen === null) return;
  const { host, port } = { host: '', port: 0, ...listen };
  if (isLoopback(host)) return;
  say(
    ['listen'],
    `must be a loopback address (127.0.0.0/8, ::1 or localhost), not ${formatHostAndPort({ host, port })}, because auth.strategy is noauth: every caller would be an administrator (auth.noauth_on_any_address: true allows it)`,
  );
};

/** A client's certificate is asked for in TLS only: without it, someone would believe clients checked who are not. */
export const serverTlsRule: Rule = (tls, say) => {
  tlsRule('tls')(tls, say);
  const { cert, key, client_ca: clientCa } = tls;
  if (!isSet(clientCa) || isSet(cert) || isSet(key)) return;
  say(['client_ca'], 'must be left out, or tls.cert and tls.key must be set');
};
