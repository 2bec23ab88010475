import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { NEW_KEY } from './new-key.ts';

/** The PEM files of one authority: a broker called localhost, and a client. */
export class Certificates {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Certificates> {
    const made = new Certificates(await mkdtemp(join(tmpdir(), 'taas-tls-')));
    try {
      const days = ['-days', '2'];
      const ca = ['-keyout', made.path('ca.key'), '-out', made.path('ca.pem'), '-subj', '/CN=test authority'];
      await execa('openssl', ['req', '-x509', ...days, ...NEW_KEY, ...ca]);
      await writeFile(made.path('names'), 'subjectAltName=DNS:localhost\n');
      for (const name of ['broker', 'client']) {
        const request = ['-keyout', made.path(`${name}.key`), '-out', made.path(`${name}.csr`), '-subj', `/CN=${name}`];
        await execa('openssl', ['req', ...NEW_KEY, ...request]);
        const authority = ['-CA', made.path('ca.pem'), '-CAkey', made.path('ca.key'), '-CAcreateserial'];
        const files = ['-in', made.path(`${name}.csr`), '-out', made.path(`${name}.pem`)];
        await execa('openssl', ['x509', '-req', ...days, ...authority, ...files, '-extfile', made.path('names')]);
      }
      return made;
    } catch (error) {
      await made.remove();
      throw error;
    }
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
