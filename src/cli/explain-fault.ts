/** The codes of OpenSSL and Node for a certificate that nobody vouches for. */
const UNTRUSTED: readonly string[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

interface Named {
  readonly name: string;
  readonly setting: string;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Of the certificates on either side; undefined for any other fault. */
function explainTls(code: string, origin: string): string | undefined {
  if (UNTRUSTED.includes(code))
    return `the certificate of ${origin} is not one that this machine trusts; give its authority's with --os-cacert FILE (OS_CACERT)`;
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `the certificate of ${origin} has expired`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate of ${origin} is for another name; use the name that it is for`;
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return `${origin} does not speak TLS; is it http:// instead?`;
    case 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED':
    case 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE':
      return `${origin} wants a client certificate; give one with --os-cert FILE and --os-key FILE`;
    default:
      return undefined;
  }
}

function otherScheme(origin: string): string {
  return origin.startsWith('https:') ? 'http://' : 'https://';
}

function explainCode(code: string, origin: string, { name, setting }: Named): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return `nothing listens at ${origin}; does ${name} run, and is ${setting} right?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name in ${origin} is unknown here; is ${setting} right?`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `there is no way to ${origin} from here; is ${setting} right?`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${origin} closed the connection without an answer; does it want ${otherScheme(origin)}?`;
    default:
      return code.startsWith('HPE_')
        ? `what answers at ${origin} does not speak HTTP; is ${setting} right?`
        : undefined;
  }
}

/** Why a request got no answer, in one sentence; `origin` is the URL's, which shows no user or password. */
export function explainFault(error: unknown, origin: string, peer: Named): string {
  const code = codeOf(error);
  const known = explainTls(code, origin) ?? explainCode(code, origin, peer);
  if (known !== undefined) return known;
  return `no answer from ${origin}: ${error instanceof Error ? error.message : String(error)}`;
}
