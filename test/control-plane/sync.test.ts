import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentCast } from '../../src/contract/cast.ts';
import type { TapFlow, TapService } from '../../src/contract/resources.ts';
import { eventually } from '../support/eventually.ts';
import { ADMIN, flow, inShort, inventory, portId, RED, reported, Stage } from './stage.ts';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

const sync = (host: string) => stage.take({ kind: 'sync', host });

/** The taps that the snapshot at the end of an answer names. */
function named(answer: readonly AgentCast[]): unknown {
  const last = answer.at(-1);
  expect(last?.method).toBe('taps_snapshot');
  return last?.args;
}

describe('everything, to a host that asks', () => {
  test('creates with their statuses, services first, then which taps there are; all to this host', async () => {
    const made = await stage.tapped('ACTIVE');
    const [second] = stage.plane.create(RED, 'tap_flow', [flow(made.service.id, 2)]);
    await stage.sent();
    await sync('host-5');
    const answer = await stage.sent();
    expect(answer.map(inShort)).toEqual([
      `to host-5: create_tap_service ${made.service.id}`,
      `to host-5: create_tap_flow ${made.flow.id}`,
      `to host-5: create_tap_flow ${second?.id}`,
      'to host-5: taps_snapshot',
    ]);
    const statuses = answer.map(({ args }) => Object.values(args).at(-1));
    expect(statuses).toMatchObject([
      { tap_service: { status: 'ACTIVE' } },
      { tap_flow: { status: 'ACTIVE' } },
      { tap_flow: { status: 'DOWN' } },
      [made.flow.id, second?.id],
    ]);
    expect(named(answer)).toEqual({ tap_services: [made.service.id], tap_flows: [made.flow.id, second?.id] });
    expect(new Set(answer.map(({ uniqueId }) => uniqueId)).size).toBe(4);
  });

  test('also when there is nothing: an agent with taps of long ago drops them', async () => {
    await sync('host-1');
    expect(await stage.sent()).toMatchObject([
      { host: 'host-1', method: 'taps_snapshot', args: { tap_services: [], tap_flows: [] } },
    ]);
  });

  test('what is being deleted is to be deleted again, flows first, and is not named', async () => {
    const made = await stage.tapped('PENDING_DELETE');
    await sync('host-1');
    const answer = await stage.sent();
    expect(answer.map(inShort)).toEqual([
      `to host-1: delete_tap_flow ${made.flow.id}`,
      `to host-1: delete_tap_service ${made.service.id}`,
      'to host-1: taps_snapshot',
    ]);
    expect(named(answer)).toEqual({ tap_services: [], tap_flows: [] });
    await stage.report('tap_flow', made.flow.id, 'INACTIVE');
    await stage.report('tap_service', made.service.id, 'INACTIVE');
    expect(stage.plane.list(ADMIN, 'tap_service')).toEqual([]);
  });

  test('what was given up gets a new chance from its own host, and no other', async () => {
    const made = await stage.tapped('ERROR');
    await sync('host-2');
    expect(named(await stage.sent())).toEqual({ tap_services: [], tap_flows: [] });
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('ERROR');
    await sync('host-1');
    expect(named(await stage.sent())).toEqual({ tap_services: [made.service.id], tap_flows: [made.flow.id] });
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('DOWN');
  });

  test('what its host gives up before it is answered was given up for want of the answer, and is in it', async () => {
    const made = await stage.tapped('DOWN');
    const release = stage.hold();
    try {
      await sync('host-1');
      await stage.report('tap_flow', made.flow.id, 'ERROR');
      expect(stage.statusOf('tap_flow', made.flow.id)).toBe('DOWN');
    } finally {
      release();
    }
    expect(named(await stage.sent())).toMatchObject({ tap_flows: [made.flow.id] });
    await stage.report('tap_flow', made.flow.id, 'ERROR');
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('ERROR');
  });

  test('a flow stays though its service was given up at another host: else nobody would have it when that runs', async () => {
    const made = await stage.tapped('ACTIVE');
    await stage.take(inventory('host-2', reported(1)));
    await stage.report('tap_service', made.service.id, 'ERROR', 'host-2');
    await stage.sent();
    await sync('host-1');
    expect(named(await stage.sent())).toEqual({ tap_services: [], tap_flows: [made.flow.id] });
  });

  test('a service that gets a new chance is told to all, and so are its flows: those elsewhere may have dropped it', async () => {
    const made = await stage.tapped('ACTIVE');
    await stage.take(inventory('host-2', reported(1)));
    await stage.report('tap_service', made.service.id, 'ERROR', 'host-2');
    await stage.report('tap_flow', made.flow.id, 'ERROR', 'host-1');
    await stage.sent();
    await sync('host-2');
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('DOWN');
    expect((await stage.casts()).slice(0, 2)).toEqual([
      `create_tap_service ${made.service.id}`,
      `create_tap_flow ${made.flow.id}`,
    ]);
  });

  test.each([
    ['the service’s port', 1, []],
    ['the source', 2, ['the service']],
  ])("nothing whose port is another project's: %s", async (_, port, services) => {
    const made = await stage.tapped('ACTIVE');
    stage.plane.assignPort(ADMIN, portId(port), 'blue');
    await sync('host-1');
    const kept = services.map(() => made.service.id);
    expect(named(await stage.sent())).toEqual({ tap_services: kept, tap_flows: [] });
    expect(stage.statusOf('tap_flow', made.flow.id)).toBe('ERROR');
  });
});

describe('many requests', () => {
  test('of one host get one answer, at the place of the last, as things stand then', async () => {
    await stage.take(inventory('host-1', reported(1), reported(2)));
    await sync('host-1');
    const first = stage.tap(1, 2);
    await sync('host-1');
    const second = stage.tap(1, 2);
    expect(await stage.casts()).toEqual([
      ...[first.service, first.flow].map(created),
      ...[first.service, second.service, first.flow, second.flow].map((row) => `to host-1: ${created(row)}`),
      'to host-1: taps_snapshot',
      ...[second.service, second.flow].map(created),
    ]);
  });

  test('one that comes while its host is being answered is answered again', async () => {
    const release = stage.hold();
    await sync('host-1');
    stage.opened.sender.start();
    try {
      await eventually(() => stage.batches.length === 1, { what: 'an answer on its way' });
      await sync('host-1');
    } finally {
      release();
    }
    await eventually(() => stage.opened.unsentCasts() === 0, { what: 'an empty outbox' });
    expect(stage.batches.flat().map(inShort)).toEqual(['to host-1: taps_snapshot', 'to host-1: taps_snapshot']);
  });

  test.each([
    [8, Array.from({ length: 8 }, (_, index) => `to host-${index}: taps_snapshot`)],
    [9, ['taps_snapshot']],
  ])('of %s hosts at once: few get an answer each, many get one that is for all', async (hosts, expected) => {
    await Promise.all(Array.from({ length: hosts }, (_, index) => sync(`host-${index}`)));
    expect(await stage.casts()).toEqual(expected);
    expect(stage.opened.unsentCasts()).toBe(0);
  });
});

function created(row: TapService | TapFlow): string {
  return `create_tap_${'source_port' in row ? 'flow' : 'service'} ${row.id}`;
}
