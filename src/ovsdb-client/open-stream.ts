import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { OvsdbError } from './ovsdb-error.ts';
import type { Remote } from './remote.ts';

/** Certificates for an `ssl` remote, each in PEM. */
export interface TlsOptions {
  /** The authorities of which one must have signed the server's certificate. */
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
  /**
   * The name that the server's certificate must bear. Left out, any certificate of the authority will do: that is how
   * Open vSwitch's own programs check their peers, and the certificates of ovs-pki(8) bear no host names.
   */
  readonly serverName?: string;
}

function tlsOptions(tls: TlsOptions): ConnectionOptions {
  const identity = { ca: tls.ca, cert: tls.certificate, key: tls.privateKey, rejectUnauthorized: true };
  if (tls.serverName !== undefined) return { ...identity, servername: tls.serverName };
  return { ...identity, checkServerIdentity: () => undefined };
}

function open(remote: Remote, tls: TlsOptions | undefined): Socket {
  if (remote.kind === 'unix') return connect({ path: remote.path });
  const { host, port } = remote;
  if (remote.kind === 'tcp') return connect({ host, port, noDelay: true });
  if (tls === undefined) throw new OvsdbError('remote', 'an ssl remote needs certificates');
  return connectTls({ ...tlsOptions(tls), host, port }).setNoDelay(true);
}

/**
 * Begins to connect; `opened` is called when the stream (and TLS on it) is up. A failure, `timeout` ms without success
 * included, destroys the socket with the error.
 * @throws OvsdbError `remote` when an ssl remote comes without certificates, or with unusable ones
 */
export function openStream(remote: Remote, tls: TlsOptions | undefined, timeout: number, opened: () => void): Socket {
  let socket: Socket;
  try {
    socket = open(remote, tls);
  } catch (cause) {
    if (cause instanceof OvsdbError) throw cause;
    throw new OvsdbError('remote', 'cannot use the remote or its certificates', { cause });
  }
  const expire = () => socket.destroy(new OvsdbError('timeout', `no connection within ${timeout} ms`));
  const timer = setTimeout(expire, timeout);
  const stop = () => clearTimeout(timer);
  socket.once('close', stop);
  socket.once(remote.kind === 'ssl' ? 'secureConnect' : 'connect', () => {
    stop();
    opened();
  });
  return socket;
}
