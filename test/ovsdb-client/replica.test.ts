import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { map, optional, set, string } from '../../src/ovsdb-client/column-type.ts';
import { encodeValue } from '../../src/ovsdb-client/encode-value.ts';
import { equalValues } from '../../src/ovsdb-client/equal-values.ts';
import type { Json, JsonObject } from '../../src/ovsdb-client/json.ts';
import { Replica } from '../../src/ovsdb-client/replica.ts';
import { decodeMonitorNotification, decodeTableUpdates } from '../../src/ovsdb-client/table-updates.ts';

const tables = { Thing: { name: string, owner: optional(string), tags: set(string), notes: map(string, string) } };
const columns = tables.Thing;
const FIRST = '11111111-1111-4111-8111-111111111111';
const SECOND = '22222222-2222-4222-8222-222222222222';
const filled = () => {
  const replica = new Replica(tables);
  replica.amend(decodeTableUpdates({ Thing: { [FIRST]: { initial: { name: 'one', tags: 'a' } } } }), 'updated');
  return replica;
};

interface Thing {
  readonly name: string;
  readonly owner: string | undefined;
  readonly tags: ReadonlySet<string>;
  readonly notes: ReadonlyMap<string, string>;
}
type Database = ReadonlyMap<string, Thing>;

const word = fc.constantFrom('a', 'b', 'c');
const thing: fc.Arbitrary<Thing> = fc.record({
  name: word,
  owner: fc.option(word, { nil: undefined }),
  tags: fc.array(word).map((words) => new Set(words)),
  notes: fc.array(fc.tuple(word, word)).map((pairs) => new Map(pairs)),
});
const database: fc.Arbitrary<Database> = fc
  .array(fc.tuple(fc.constantFrom(FIRST, SECOND, '33333333-3333-4333-8333-333333333333'), thing))
  .map((rows) => new Map(rows));

const full = (row: Thing): JsonObject => ({
  name: row.name,
  owner: encodeValue(columns.owner, row.owner),
  tags: encodeValue(columns.tags, row.tags),
  notes: encodeValue(columns.notes, row.notes),
});

/** What RFC 7047 section 4.1.6 sends for one row: whole values. */
const rfcUpdate = (old: Thing | undefined, now: Thing | undefined): JsonObject =>
  now ? { ...(old ? { old: {} } : {}), new: full(now) } : { old: full(old as Thing) };

const toggled = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>) =>
  new Set([...[...a].filter((atom) => !b.has(atom)), ...[...b].filter((atom) => !a.has(atom))]);

/** What ovsdb-server(7) section 4.1.14 sends: defaults left out, differences of sets and maps. */
function update2(old: Thing | undefined, now: Thing | undefined): JsonObject {
  if (!now) return { delete: null };
  const empty: Thing = { name: '', owner: undefined, tags: new Set(), notes: new Map() };
  const base = old ?? empty;
  const gone = [...base.notes].filter(([key]) => !now.notes.has(key));
  const notes = new Map([...gone, ...[...now.notes].filter(([key, value]) => base.notes.get(key) !== value)]);
  const whole = full({ ...now, tags: toggled(base.tags, now.tags), notes });
  const same = (name: keyof Thing) => equalValues(base[name], now[name]);
  const changed = Object.entries(whole).filter(([name]) => !same(name as keyof Thing));
  return { [old ? 'modify' : 'insert']: Object.fromEntries(changed) };
}

function between(old: Database, now: Database, update: typeof rfcUpdate): Json {
  const uuids = [...new Set([...old.keys(), ...now.keys()])];
  return { Thing: Object.fromEntries(uuids.map((uuid) => [uuid, update(old.get(uuid), now.get(uuid))])) };
}

describe('Replica', () => {
  test.each([
    ['update', rfcUpdate],
    ['update2', update2],
  ])('follows any history in the format of %s', (_name, update) => {
    fc.assert(
      fc.property(fc.array(database), (history) => {
        const replica = new Replica(tables);
        let old: Database = new Map();
        for (const now of history) {
          replica.amend(decodeTableUpdates(between(old, now, update)), 'updated');
          expect(replica.table('Thing')).toEqual(now);
          old = now;
        }
      }),
    );
  });

  test('replaced, it has the new content, and tells exactly what differs', () => {
    fc.assert(
      fc.property(database, database, (old, now) => {
        const replica = new Replica(tables);
        replica.replace(decodeTableUpdates(between(new Map(), old, update2)));
        const before = new Map(replica.table('Thing'));
        const change = replica.replace(decodeTableUpdates(between(new Map(), now, update2)));
        expect(replica.table('Thing')).toEqual(now);
        const unchanged = [...before].filter(([uuid, row]) => replica.table('Thing').get(uuid) === row);
        const touched = change.rows.map(({ uuid }) => uuid);
        expect(new Set([...touched, ...unchanged.map(([uuid]) => uuid)])).toEqual(
          new Set([...old.keys(), ...now.keys()]),
        );
        expect(touched.length + unchanged.length).toBe(new Set([...old.keys(), ...now.keys()]).size);
        for (const { uuid, before: was, after } of change.rows) {
          expect([was, after]).toEqual([old.get(uuid), now.get(uuid)]);
          expect(was).not.toEqual(after);
        }
      }),
    );
  });

  test('columns that a new row leaves out have their defaults', () => {
    const [row] = filled().table('Thing').values();
    expect(row).toEqual({ name: 'one', owner: undefined, tags: new Set(['a']), notes: new Map() });
  });

  test('a changed row is another object, and nobody can alter either', () => {
    const replica = filled();
    const before = replica.table('Thing').get(FIRST);
    replica.amend(decodeTableUpdates({ Thing: { [FIRST]: { modify: { name: 'two' } } } }), 'updated');
    const after = replica.table('Thing').get(FIRST);
    expect([before?.name, after?.name]).toEqual(['one', 'two']);
    expect([Object.isFrozen(before), Object.isFrozen(after)]).toEqual([true, true]);
  });

  test.each<[string, Json, string]>([
    ['a change of an unknown row', { [FIRST]: { delete: null }, [SECOND]: { modify: { name: 'x' } } }, 'protocol'],
    ['a value of another type', { [FIRST]: { delete: null }, [SECOND]: { insert: { name: 1 } } }, 'value'],
  ])('%s leaves it as it was', (_what, rows, code) => {
    const replica = filled();
    const updates = decodeTableUpdates({ Thing: rows });
    for (const act of [() => replica.amend(updates, 'updated'), () => replica.replace(updates)]) {
      expect(act).toThrow(expect.objectContaining({ code }));
      expect([...replica.table('Thing').keys()]).toEqual([FIRST]);
    }
  });

  test('a table that was not asked for is refused', () => {
    const updates = decodeTableUpdates({ Other: { [FIRST]: { insert: {} } } });
    expect(() => filled().amend(updates, 'updated')).toThrow(expect.objectContaining({ code: 'protocol' }));
  });
});

describe('updates of another shape', () => {
  test.each<[string, readonly Json[]]>([
    ['update', ['m', null]],
    ['update2', ['m', { Thing: 1 }]],
    ['update2', ['m', { Thing: { [FIRST]: 1 } }]],
    ['update2', ['m', { Thing: { [FIRST]: { transform: {} } } }]],
    ['update3', ['m', {}]],
    ['update3', ['m', FIRST, 1]],
  ])('%s %j is refused', (method, params) => {
    expect(() => decodeMonitorNotification(method, params)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });
});
