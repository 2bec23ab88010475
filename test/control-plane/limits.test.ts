import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Database } from '../../src/control-plane/database.ts';
import { TapTables } from '../../src/control-plane/tap-tables.ts';
import { addFolder } from '../support/folder.ts';
import { ADMIN, BLUE, flow, inventory, portId, RED, refusal, reported, Stage, service } from './stage.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(limits: ConstructorParameters<typeof Stage>[0], database?: string): Promise<Stage> {
  const stage = new Stage(limits, database);
  cleanups.push(() => stage.close());
  await stage.take(inventory('host-1', reported(1), reported(2), reported(7, { projectId: 'blue' })));
  return stage;
}

describe('quota', () => {
  const over = (resource: string) => ({
    status: 409,
    type: 'OverQuota',
    message: `Quota exceeded for resources: ['${resource}'].`,
  });

  test('of services is for each project, counts what is being deleted, and binds an admin, too', async () => {
    const stage = await open({ quota: { tap_service: 2, tap_flow: 0 } });
    const [one] = stage.plane.create(RED, 'tap_service', [service(1), service(1)]);
    const more = () => stage.plane.create(ADMIN, 'tap_service', [service(1)]);
    expect(refusal(more)).toEqual(over('tap_service'));
    await stage.report('tap_service', one?.id ?? '', 'ACTIVE');
    stage.plane.delete(RED, 'tap_service', one?.id ?? '');
    expect(refusal(more)).toEqual(over('tap_service'));
    await stage.report('tap_service', one?.id ?? '', 'INACTIVE');
    expect(more()).toHaveLength(1);
    expect(stage.plane.create(BLUE, 'tap_service', [service(7, { project_id: 'blue' })])).toHaveLength(1);
    expect(refusal(() => stage.plane.create(RED, 'tap_flow', [flow(one?.id ?? '', 99)]))).toEqual(over('tap_flow'));
  });

  test('counts what the same request has made before: a bulk that goes over it makes nothing', async () => {
    const stage = await open({ quota: { tap_service: -1, tap_flow: 2 } });
    const { service: at } = stage.tap(1, 2);
    expect(refusal(() => stage.plane.create(RED, 'tap_flow', [flow(at.id, 2), flow(at.id, 2)]))).toEqual(
      over('tap_flow'),
    );
    expect(stage.plane.list(RED, 'tap_flow')).toHaveLength(1);
    expect(stage.plane.create(RED, 'tap_flow', [flow(at.id, 2)])).toHaveLength(1);
  });
});

describe('taas_id', () => {
  const range = { first: 4090, last: 4094 };

  /** A new service with the number that is given out, or undefined. */
  function take(tables: TapTables, id: string): number | undefined {
    const number = tables.freeTaasId(range);
    if (number !== undefined) tables.insertService({ ...service(1), id, status: 'DOWN', taas_id: number });
    return number;
  }

  test('the lowest free one of the range, unique, reused once its former service is gone', () => {
    const steps = fc.array(fc.oneof(fc.constant('create' as const), fc.nat(4)), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (sequence) => {
        const db = new Database(':memory:');
        const tables = new TapTables(db);
        const idOf = new Map<number, string>();
        for (const [index, step] of sequence.entries()) {
          if (step === 'create') {
            const lowest = [4090, 4091, 4092, 4093, 4094].find((number) => !idOf.has(number));
            expect(take(tables, `s${index}`)).toBe(lowest);
            if (lowest !== undefined) idOf.set(lowest, `s${index}`);
          } else {
            tables.eraseService(idOf.get(4090 + step) ?? '');
            idOf.delete(4090 + step);
          }
        }
        db.close();
      }),
    );
  });

  test('with another range services keep theirs, and it is not given again', async () => {
    const folder = await addFolder('limits');
    cleanups.push(() => folder.remove());
    const path = join(folder.path, 'taas.db');
    const before = await open({ taasIds: { first: 100, last: 101 } }, path);
    before.plane.create(RED, 'tap_service', [service(1), service(1)]);
    const after = await open({ taasIds: { first: 101, last: 102 } }, path);
    after.plane.create(RED, 'tap_service', [service(1)]);
    const numbers = (await after.sent()).map(({ args }) => args.tap_service_msg);
    expect(numbers).toMatchObject([{ taas_id: 100 }, { taas_id: 101 }, { taas_id: 102 }]);
    expect(refusal(() => after.plane.create(RED, 'tap_service', [service(1)]))).toMatchObject({
      type: 'TapServiceLimitReached',
    });
    expect(after.plane.showPort(RED, portId(1))).toMatchObject({ status: 'ACTIVE' });
  });
});
