import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { OpenflowError } from './openflow-error.ts';
import type { Remote } from './remote.ts';

/** Certificates for an `ssl` remote, each in PEM. The bridge's must be signed by the authority; the names in it are not looked at. */
export interface TlsOptions {
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** @throws OpenflowError `syntax` when an ssl remote comes without certificates */
function open(remote: Remote, tls: TlsOptions | undefined): Socket {
  if (remote.kind === 'unix') return connect({ path: remote.path });
  const { host, port } = remote;
  if (remote.kind === 'tcp') return connect({ host, port, noDelay: true });
  if (tls === undefined) throw new OpenflowError('syntax', 'a bridge at ssl: needs certificates');
  const { ca, certificate: cert, privateKey: key } = tls;
  // As Open vSwitch's own programs do it: the certificates of ovs-pki(8) bear no host names.
  const checkServerIdentity = () => undefined;
  return connectTls({ host, port, ca, cert, key, rejectUnauthorized: true, checkServerIdentity }).setNoDelay(true);
}

/**
 * Resolves when the stream (and TLS on it) is up.
 * @param timeout ms
 * @param signal ends the attempt
 * @throws OpenflowError `unreachable`, or `syntax` for an ssl remote without (usable) certificates
 */
export function openStream(
  remote: Remote,
  tls: TlsOptions | undefined,
  timeout: number,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open(remote, tls);
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const fail = (error: Error) => {
      finish();
      socket.destroy();
      reject(new OpenflowError('unreachable', error.message, { cause: error }));
    };
    const abort = () => fail(new Error('the session is closed'));
    const timer = setTimeout(() => fail(new Error(`no connection within ${timeout} ms`)), timeout);
    signal.addEventListener('abort', abort);
    socket.once('error', fail);
    socket.once(remote.kind === 'ssl' ? 'secureConnect' : 'connect', () => {
      finish();
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
