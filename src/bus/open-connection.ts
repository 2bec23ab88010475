import { readFile } from 'node:fs/promises';
import { type ChannelModel, connect } from 'amqplib';
import type { BrokerUrl } from './broker-url.ts';

/** PEM files for amqps, each as a path or as the bytes. Paths are read at each connect: certificates are renewed. */
export interface TlsFiles {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** A dead peer is noticed after twice this time (AMQP 0-9-1, section 4.2.7). */
const HEARTBEAT_S = 10;
const CONNECT_TIMEOUT_MS = 10_000;

async function readTls(files: TlsFiles): Promise<{ ca?: Buffer; cert?: Buffer; key?: Buffer }> {
  const read = async (file: string | Buffer) => (typeof file === 'string' ? await readFile(file) : file);
  return {
    ...(files.ca === undefined ? {} : { ca: await read(files.ca) }),
    ...(files.cert === undefined ? {} : { cert: await read(files.cert) }),
    ...(files.key === undefined ? {} : { key: await read(files.key) }),
  };
}

/**
 * Opens one AMQP connection, named for the broker's own listings.
 * @throws whatever the socket, TLS or the broker's refusal gives; none of it holds the password.
 */
export async function openConnection(
  url: BrokerUrl,
  tls: TlsFiles | undefined,
  connectionName: string,
): Promise<ChannelModel> {
  const secured = url.options.protocol === 'amqps' && tls !== undefined ? await readTls(tls) : {};
  return connect(
    { ...url.options, heartbeat: HEARTBEAT_S },
    {
      ...secured,
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: connectionName, product: 'taas-agent' },
    },
  );
}
