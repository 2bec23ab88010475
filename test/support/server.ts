import { join } from 'node:path';
import { prepareDaemon, type TestDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';

export interface ServerOptions {
  readonly brokerUrl: string;
  /** Further settings, as in the file, merged over those that a test needs. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The built taas-server, on a loopback port that stays the same over its restarts; ready is one that serves and has its broker. */
export interface TestServer extends TestDaemon {
  readonly url: string;
  /** Its SQLite file. */
  readonly database: string;
}

/** Prepares a server without authentication, unless the settings say otherwise; `start` starts it. */
export async function prepareServer({ brokerUrl, settings }: ServerOptions): Promise<TestServer> {
  const listen = `127.0.0.1:${await freePort()}`;
  const database = (folder: string) => join(folder, 'taas.db');
  const daemon = await prepareDaemon({
    name: 'taas-server',
    settings: (folder) => ({
      listen,
      database: database(folder),
      bus: { urls: [brokerUrl] },
      auth: { strategy: 'noauth' },
      log: { level: 'debug' },
      ...settings,
    }),
    ready: ['taking requests', 'taking reports of agents'],
  });
  return { ...daemon, url: `http://${listen}`, database: database(daemon.folder) };
}
