import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlPlaneError } from '../../src/control-plane/control-plane-error.ts';
import { Database } from '../../src/control-plane/database.ts';
import { migrations } from '../../src/control-plane/migrations.ts';
import { addFolder, type Folder } from '../support/folder.ts';

let folder: Folder;
let path: string;

beforeEach(async () => {
  folder = await addFolder('database');
  path = join(folder.path, 'taas.db');
});
afterEach(() => folder.remove());

function using<T>(work: (db: Database) => T, at = path): T {
  const db = new Database(at);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Makes the file without our code. */
function make(sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function refusal(at = path): Pick<ControlPlaneError, 'code' | 'message'> {
  try {
    new Database(at).close();
  } catch (error) {
    if (error instanceof ControlPlaneError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('it was opened');
}

const schemaOf = (db: Database) =>
  db.all<{ sql: string }>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name').map(({ sql }) => sql);
const addHost = 'INSERT INTO hosts (host) VALUES (?)';
const countHosts = (db: Database) => db.get<{ n: number }>('SELECT count(*) AS n FROM hosts')?.n;

describe('a database', () => {
  test('commits to disk: write-ahead log, every commit synchronised, foreign keys in force', () => {
    using((db) => {
      expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
      expect(db.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
      expect(db.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    });
  });

  test('is for its owner alone, with the files beside it', async () => {
    const db = new Database(path);
    db.transaction(() => db.run(addHost, 'a'));
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    db.close();
  });

  test.each([...migrations.keys(), migrations.length])('of version %s is brought up to date, once', (version) => {
    const fresh = using(schemaOf, ':memory:');
    const steps = migrations.slice(0, version).join(';');
    make(`PRAGMA application_id = 0x74616173; ${steps}; PRAGMA user_version = ${version}`);
    expect(using(schemaOf)).toEqual(fresh);
    using((db) => db.run(addHost, 'a'));
    using((db) => {
      expect(countHosts(db)).toBe(1);
      expect(db.get('PRAGMA user_version')).toEqual({ user_version: migrations.length });
      expect(db.get('PRAGMA application_id')).toEqual({ application_id: 0x74616173 });
    });
  });

  test('of nothing yet, an empty file, is made', async () => {
    await writeFile(path, '');
    expect(using(countHosts)).toBe(0);
  });
});

describe('refused, and left as it is', () => {
  test.each([
    ['tables of somebody', 'CREATE TABLE books (title TEXT)'],
    ['a version of somebody', 'PRAGMA user_version = 1; CREATE TABLE books (title TEXT)'],
    ['the mark of somebody', 'PRAGMA application_id = 7; PRAGMA user_version = 1'],
  ])('%s', async (_, sql) => {
    make(sql);
    const before = await readFile(path);
    expect(refusal()).toEqual({
      code: 'not-ours',
      message: `${path}: this is some other program's database; set another path`,
    });
    expect(await readFile(path)).toEqual(before);
  });

  test('what a newer taas-server wrote', async () => {
    using(() => undefined);
    make(`PRAGMA user_version = ${migrations.length + 1}`);
    const before = await readFile(path);
    const message = `${path}: a newer taas-server wrote it (schema ${migrations.length + 1}, this one knows ${migrations.length}); start that one`;
    expect(refusal()).toEqual({ code: 'newer', message });
    expect(await readFile(path)).toEqual(before);
  });

  test('a file that is no database', async () => {
    await writeFile(path, 'listen: 127.0.0.1:9696\n'.repeat(100));
    const message = `${path}: the database cannot be used: file is not a database`;
    expect(refusal()).toEqual({ code: 'unusable', message });
  });

  test('a path where no file can be', async () => {
    await mkdir(path);
    expect(refusal()).toMatchObject({ code: 'unusable', message: expect.stringMatching(/cannot be used: EISDIR/) });
    const nowhere = join(folder.path, 'none', 'taas.db');
    expect(refusal(nowhere)).toMatchObject({
      code: 'unusable',
      message: expect.stringContaining(`${nowhere}: the database cannot be used: ENOENT`),
    });
  });
});

describe('what must not be cannot be', () => {
  const service = `INSERT INTO tap_services (id, project_id, name, description, port_id, status, taas_id)
    VALUES (?, 'p', '', '', 'x', ?, ?)`;
  const flow = `INSERT INTO tap_flows (id, project_id, tap_service_id, name, description, source_port, direction, status)
    VALUES (?, 'p', ?, '', '', 'x', ?, 'DOWN')`;

  test.each([
    ['a flow without its service', flow, ['f', 'nowhere', 'IN']],
    ['a service that goes before its flow', 'DELETE FROM tap_services WHERE id = ?', ['s']],
    ['two services of one number', service, ['s2', 'DOWN', 3900]],
    ['two services of one id', service, ['s', 'DOWN', 3901]],
    ['a number that is no VLAN id', service, ['s2', 'DOWN', 4095]],
    ['a status that there is not', service, ['s2', 'INACTIVE', 3901]],
    ['a direction that there is not', flow, ['f2', 's', 'in']],
  ])('%s', (_, sql, values) => {
    using((db) => {
      db.run(service, 's', 'DOWN', 3900);
      db.run(flow, 'f1', 's', 'BOTH');
      expect(() => db.run(sql, ...values)).toThrow(/constraint failed/);
    });
  });
});

describe('a transaction', () => {
  test('is undone when the work throws, and the next one finds the door open', () => {
    using((db) => {
      const failing = () => {
        db.run(addHost, 'a');
        throw new Error('no');
      };
      expect(() => db.transaction(failing)).toThrow('no');
      db.transaction(() => db.run(addHost, 'b'));
      expect(countHosts(db)).toBe(1);
    });
  });

  test('that fills the disk is undone as a whole, says so, and works again when there is space', () => {
    using((db) => {
      const pages = db.get<{ page_count: number }>('PRAGMA page_count')?.page_count ?? 0;
      db.get(`PRAGMA max_page_count = ${pages + 30}`);
      const add = (hosts: number) => () => {
        for (let n = 0; n < hosts; n += 1) db.run(addHost, `${hosts}-${n}-${'x'.repeat(1000)}`);
      };
      db.transaction(add(10));
      expect(() => db.transaction(add(40))).toThrow('database or disk is full');
      expect(countHosts(db)).toBe(10);
      db.get(`PRAGMA max_page_count = ${pages + 200}`);
      db.transaction(add(40));
      expect(countHosts(db)).toBe(50);
    });
  });

  test('does not wait for those who read, such as a backup', () => {
    using((db) => {
      const reader = new DatabaseSync(path);
      reader.exec('BEGIN; SELECT * FROM hosts');
      db.transaction(() => db.run(addHost, 'a'));
      expect(reader.prepare('SELECT * FROM hosts').all()).toEqual([]);
      reader.close();
      expect(countHosts(db)).toBe(1);
    });
  });
});
