/**
 * Run by a test, with a remote that serves and one where nobody listens: closes one client with a request in flight and
 * one that waits to connect again, and must then end by itself, long before any of these timers would.
 */
import { string } from '../../src/ovsdb-client/column-type.ts';
import { OvsdbClient } from '../../src/ovsdb-client/ovsdb-client.ts';

const HOUR = 3_600_000;

function connect(remote: string): OvsdbClient<{ readonly Thing: { readonly name: typeof string } }> {
  const backoff = { initial: HOUR, max: HOUR };
  const timers = { backoff, probeInterval: HOUR, requestTimeout: HOUR, connectTimeout: HOUR };
  const client = new OvsdbClient({ remote, database: 'Test', tables: { Thing: { name: string } }, ...timers });
  client.start();
  return client;
}

const client = connect(process.argv[2] ?? '');
await client.ready();
const unanswered = client.transact([{ op: 'comment', comment: 'x' }]).catch(String);
await client.close();
const waiting = connect(process.argv[3] ?? '');
await new Promise<void>((resolve) => {
  waiting.onState(({ kind }) => kind === 'backoff' && resolve());
});
await new Promise(setImmediate);
await waiting.close();
process.stdout.write(`${await unanswered}\n`);
