import type { AgentCast } from '../contract/cast.ts';
import type { Database } from './database.ts';

/** What waits to be sent: a cast, or everything to one host (`sync`), as it stands when its turn comes. */
export type OutboxEntry =
  | { readonly kind: 'cast'; readonly seq: number; readonly cast: AgentCast }
  | { readonly kind: 'sync'; readonly seq: number; readonly host: string };

interface OutboxRow {
  readonly seq: number;
  readonly kind: OutboxEntry['kind'];
  readonly host: string | null;
  readonly method: string;
  readonly args: string;
  readonly unique_id: string;
  readonly request_id: string;
}

function entryOf(row: OutboxRow): OutboxEntry {
  const { seq, kind, host, method } = row;
  if (kind === 'sync') return { kind, seq, host: host ?? '' };
  const args = JSON.parse(row.args) as AgentCast['args'];
  return { kind, seq, cast: { host, method, args, uniqueId: row.unique_id, requestId: row.request_id } };
}

/**
 * Casts that the broker has not confirmed yet. They are written in the transaction of the rows that they are about, so
 * a committed change reaches the agents whatever happens next, and nothing reaches them that was not committed.
 */
export class Outbox {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  put(cast: AgentCast): void {
    this.#db.run(
      `INSERT INTO outbox (kind, host, method, args, unique_id, request_id) VALUES ('cast', ?, ?, ?, ?, ?)`,
      cast.host,
      cast.method,
      JSON.stringify(cast.args),
      cast.uniqueId,
      cast.requestId,
    );
  }

  /**
   * One answer serves all requests of a host that wait: the latest, since an answer on its way may come too early for
   * it.
   */
  putSync(host: string): void {
    this.#db.run(
      `INSERT OR REPLACE INTO outbox (kind, host, method, args, unique_id, request_id) VALUES ('sync', ?, '', '', '', '')`,
      host,
    );
  }

  /** Whether the host has asked for everything and was not answered yet. */
  owesSync(host: string): boolean {
    return this.#db.get(`SELECT 1 FROM outbox WHERE kind = 'sync' AND host = ?`, host) !== undefined;
  }

  /** The oldest entries, in the order in which they must be sent. */
  oldest(limit: number): OutboxEntry[] {
    return this.#db.all<OutboxRow>('SELECT * FROM outbox ORDER BY seq LIMIT ?', limit).map(entryOf);
  }

  /** Forgets all up to this one: the broker has them. */
  sent(seq: number): void {
    this.#db.run('DELETE FROM outbox WHERE seq <= ?', seq);
  }

  size(): number {
    return this.#db.get<{ n: number }>('SELECT count(*) AS n FROM outbox')?.n ?? 0;
  }
}
