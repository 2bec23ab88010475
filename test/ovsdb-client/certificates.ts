import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TlsOptions } from '../../src/ovsdb-client/open-stream.ts';
import { addFolder } from '../support/folder.ts';
import { NEW_KEY } from '../support/new-key.ts';
import { runCommand } from '../support/run-command.ts';

/** A small public key infrastructure: an authority `ca` that signed `server` and `client`, and `stranger`, signed by itself. */
export interface Certificates {
  /** Options that make ovsdb-server(1) serve `pssl` remotes and demand a certificate of the authority. */
  readonly serverOptions: readonly string[];
  /** What a client needs that shows one certificate and trusts another's. */
  readonly tls: (own: string, trusted: string) => Promise<TlsOptions>;
  readonly remove: () => Promise<void>;
}

async function sign(folder: string, name: string, authority?: string): Promise<void> {
  const file = (of: string, kind: string) => join(folder, `${of}.${kind}`);
  const made = ['-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`];
  const files = ['-keyout', file(name, 'key'), '-out', file(name, 'pem')];
  const signer = authority === undefined ? [] : ['-CA', file(authority, 'pem'), '-CAkey', file(authority, 'key')];
  await runCommand('openssl', ['req', ...made, ...files, ...signer]);
}

export async function makeCertificates(): Promise<Certificates> {
  const { path: folder, remove } = await addFolder('pki');
  const file = (name: string, kind: string) => join(folder, `${name}.${kind}`);
  for (const [name, authority] of [['ca'], ['server', 'ca'], ['client', 'ca'], ['stranger']] as const) {
    await sign(folder, name, authority);
  }
  const serverOptions = [
    `--private-key=${file('server', 'key')}`,
    `--certificate=${file('server', 'pem')}`,
    `--ca-cert=${file('ca', 'pem')}`,
  ];
  const tls = async (own: string, trusted: string) => ({
    ca: await readFile(file(trusted, 'pem'), 'utf8'),
    certificate: await readFile(file(own, 'pem'), 'utf8'),
    privateKey: await readFile(file(own, 'key'), 'utf8'),
  });
  return { serverOptions, tls, remove };
}
