import { closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { ControlPlaneError } from './control-plane-error.ts';
import { migrations } from './migrations.ts';

/**
 * "taas" in ASCII: tells our databases from those of others (https://www.sqlite.org/pragma.html#pragma_application_id).
 */
const APPLICATION_ID = 0x74616173;
/** How long a write waits for another process at the same file, a backup say, in milliseconds. */
const BUSY_TIMEOUT = 5_000;

/** A SQLite file with our schema. Everything is synchronous: between BEGIN and COMMIT nobody else runs. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens or makes the file, and brings its schema up to date. `:memory:` is a database that goes with the process.
   * @throws ControlPlaneError
   */
  constructor(path: string) {
    this.#db = open(path);
    try {
      prepare(this.#db, path);
    } catch (error) {
      this.#db.close();
      throw error instanceof ControlPlaneError ? error : unusable(path, error);
    }
  }

  /** All rows of a query. The caller vouches for their shape: our tables are STRICT. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  /** The first row of a query. */
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  /** Answers how many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  /** All of the work is committed, on disk, when this returns; none of it when it throws. Not to be nested. */
  transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk or the like has ended the transaction already.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#db.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

function unusable(path: string, cause: unknown): ControlPlaneError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ControlPlaneError('unusable', `${path}: the database cannot be used: ${why}`, { cause });
}

function open(path: string): DatabaseSync {
  try {
    // For its owner alone: who taps whom is nobody else's business. SQLite gives the files beside it the same mode.
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
    return new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT });
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function prepare(db: DatabaseSync, path: string): void {
  const version = pragma(db, 'user_version');
  const isNew = version === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!isNew && pragma(db, 'application_id') !== APPLICATION_ID) {
    throw new ControlPlaneError('not-ours', `${path}: this is some other program's database; set another path`);
  }
  if (version > migrations.length) {
    const message = `${path}: a newer taas-server wrote it (schema ${version}, this one knows ${migrations.length}); start that one`;
    throw new ControlPlaneError('newer', message);
  }
  db.exec('PRAGMA journal_mode = WAL');
  // A commit that was answered must outlive a power failure: in WAL mode only FULL gives that.
  db.exec('PRAGMA synchronous = FULL');
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  for (const [from, sql] of migrations.entries()) {
    if (from >= version) db.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${from + 1}; COMMIT`);
  }
}
