import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { addFolder, type Folder } from '../support/folder.ts';
import { ADMIN, flow, inventory, portId, RED, reported, Stage, service } from './stage.ts';

let folder: Folder;
let path: string;
let stage: Stage;

beforeEach(async () => {
  folder = await addFolder('outbox');
  path = join(folder.path, 'taas.db');
  stage = new Stage({}, path);
});
afterEach(async () => {
  await stage.close();
  await folder.remove();
});

async function withPorts(): Promise<void> {
  await stage.take(inventory('host-1', reported(1), reported(2)));
}

const idsOf = (batch: readonly { readonly uniqueId: string }[] | undefined) => batch?.map(({ uniqueId }) => uniqueId);

describe('casts go out in the order of the changes', () => {
  test('also over many batches, each with an id of its own and the id of its request', async () => {
    await withPorts();
    const expected: string[] = [];
    for (let round = 0; round < 70; round += 1) {
      const made = stage.tap(1, 2);
      stage.plane.delete(RED, 'tap_service', made.service.id);
      expected.push(`create_tap_service ${made.service.id}`, `create_tap_flow ${made.flow.id}`);
      expected.push(`delete_tap_flow ${made.flow.id}`, `delete_tap_service ${made.service.id}`);
    }
    const sent = await stage.sent();
    expect(sent.map(({ method, args }) => `${method} ${idIn(args)}`)).toEqual(expected);
    expect(new Set(sent.map(({ uniqueId }) => uniqueId)).size).toBe(expected.length);
    expect(sent.every(({ uniqueId }) => /^[0-9a-f]{32}$/.test(uniqueId))).toBe(true);
    expect(new Set(sent.map(({ requestId }) => requestId))).toEqual(new Set(['req-red']));
  });

  test('what comes while casts are on their way comes behind them', async () => {
    await withPorts();
    const release = stage.hold();
    const first = stage.tap(1, 2);
    stage.opened.sender.start();
    try {
      await eventually(() => stage.batches.length === 1, { what: 'the first batch' });
      stage.plane.delete(RED, 'tap_flow', first.flow.id);
      expect(stage.opened.unsentCasts()).toBe(3);
    } finally {
      release();
    }
    await eventually(() => stage.opened.unsentCasts() === 0, { what: 'an empty outbox' });
    expect(stage.batches.map((batch) => batch.map(({ method }) => method))).toEqual([
      ['create_tap_service', 'create_tap_flow'],
      ['delete_tap_flow'],
    ]);
  });

  test('a request for ports is a cast to all, like any other', async () => {
    stage.opened.requestPorts();
    expect(await stage.sent()).toMatchObject([{ host: null, method: 'request_ports', args: {} }]);
  });
});

function idIn(args: Readonly<Record<string, unknown>>): string {
  const of = args as Record<string, Record<string, { id: string }>>;
  return of.tap_flow_msg?.tap_flow?.id ?? of.tap_service_msg?.tap_service?.id ?? '';
}

describe('what the broker did not confirm', () => {
  test('is sent again as it was, ids and order, and the observer hears of each failure', async () => {
    await withPorts();
    stage.failures = 2;
    stage.tap(1, 2);
    await stage.sent();
    expect(stage.batches.map(idsOf)).toEqual(Array(3).fill(idsOf(stage.batches[0])));
    expect(stage.batches[0]).toHaveLength(2);
    const failed = stage.traced.filter(({ kind }) => kind === 'casts-failed');
    expect(failed).toMatchObject([{ error: new Error('the broker is away') }, { error: expect.any(Error) }]);
  });

  test('survives the end of the process, and goes out before what is new', async () => {
    await withPorts();
    stage.failures = Number.POSITIVE_INFINITY;
    const made = stage.tap(1, 2);
    stage.opened.sender.start();
    await eventually(() => stage.batches.length > 0, { what: 'an attempt' });
    await stage.close();
    const before = idsOf(stage.batches[0]) ?? [];
    stage = new Stage({}, path);
    stage.plane.delete(RED, 'tap_flow', made.flow.id);
    expect(idsOf(await stage.sent())).toEqual([...before, expect.any(String)]);
  });
});

describe('rows and their casts are one', () => {
  /**
   * From now on the table takes no new row: as on a disk that is full, or (ROLLBACK) one on which SQLite gives up all
   * by itself.
   */
  function breakTable(table: string, how: 'FAIL' | 'ROLLBACK'): void {
    const other = new DatabaseSync(path);
    other.exec(
      `CREATE TRIGGER broken BEFORE INSERT ON ${table} BEGIN SELECT RAISE(${how}, 'no space in ${table}'); END`,
    );
    other.close();
  }

  const rows = () => [
    stage.plane.list(ADMIN, 'tap_service'),
    stage.plane.list(ADMIN, 'tap_flow'),
    stage.plane.listPorts(ADMIN),
    stage.opened.unsentCasts(),
  ];

  test.each([
    ['outbox', 'FAIL'],
    ['outbox', 'ROLLBACK'],
    ['tap_flows', 'FAIL'],
  ] as const)('when %s fails (%s) nothing of a request is left', async (table, how) => {
    const { service: at } = await stage.tapped('ACTIVE');
    const before = rows();
    breakTable(table, how);
    const problem = `no space in ${table}`;
    const both = [flow(at.id, 2), flow(at.id, 2)];
    expect(() => stage.plane.create(RED, 'tap_flow', both)).toThrow(problem);
    if (table === 'outbox') {
      expect(() => stage.plane.create(RED, 'tap_service', [service(1)])).toThrow(problem);
      expect(() => stage.plane.delete(RED, 'tap_service', at.id)).toThrow(problem);
      expect(() => stage.plane.assignPort(ADMIN, portId(1), 'blue')).toThrow(problem);
    }
    expect(rows()).toEqual(before);
    expect(stage.plane.update(RED, 'tap_service', at.id, { name: 'still there' })).toMatchObject({ status: 'ACTIVE' });
  });

  test('a report that cannot be kept is refused, and so are those that came with it', async () => {
    const made = await stage.tapped('DOWN');
    breakTable('sightings', 'FAIL');
    const before = rows();
    const reports = [
      stage.report('tap_flow', made.flow.id, 'ACTIVE'),
      stage.take(inventory('host-1', reported(1), reported(9))),
      stage.report('tap_service', made.service.id, 'ACTIVE'),
    ];
    const results = await Promise.allSettled(reports);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(rows()).toEqual(before);
    await stage.report('tap_flow', made.flow.id, 'ACTIVE');
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('ACTIVE');
  });
});
