import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { times } from '../support/times.ts';
import type { Vm } from '../support/vm.ts';
import { agreement } from './fleet-agreement.ts';
import { changeTaps, type Promised } from './server-changes.ts';

const LIMITLESS = { quota: { tap_services: -1, tap_flows: -1 }, limits: { requests_per_minute: 0 } };

/** A whole minute is more than the usual run has time for. */
const AWAY_MS = times({ short: 20_000, long: 60_000 });

let fleet: Fleet;
let sensor: Vm;
let sources: Vm[];

beforeAll(async () => {
  fleet = await startFleet({ server: LIMITLESS, ownBroker: true });
  sensor = await fleet.vm({ name: 'sensor', tag: 9 });
  sources = [await fleet.vm({ name: 'one', tag: 5 }), await fleet.vm({ name: 'two', tag: 6 })];
});
afterAll(() => fleet?.stop());
beforeEach(async () => {
  const services = await fleet.api.list('tap_service');
  for (const { id } of services) await fleet.api.delete('tap_service', id);
  await fleet.api.gone('tap_service', ...services.map(({ id }) => id));
});

/** What does not keep the promises of the answers; and there must have been some worth the name. */
async function broken({ there, gone }: Promised): Promise<readonly string[]> {
  expect(Math.min(there.length, gone.length)).toBeGreaterThan(2);
  const rows = [...(await fleet.api.list('tap_service')), ...(await fleet.api.list('tap_flow'))];
  const found = new Set(rows.map(({ id }) => id));
  return [...there.filter((id) => !found.has(id)), ...gone.filter((id) => found.has(id))];
}

test('a server that is killed at random moments during 500 changes forgets none, and all agree in the end', async () => {
  let over = false;
  const killing = (async () => {
    for (let kills = 0; !over; kills += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 250));
      await fleet.server.stop('SIGKILL');
      await fleet.server.start();
      if (over) return kills + 1;
    }
    return 0;
  })();
  const promised = await changeTaps(fleet, { sensor, sources, count: 500, abreast: 4 });
  over = true;
  expect(await killing).toBeGreaterThan(2);
  await agreement(fleet);
  expect(await broken(promised)).toEqual([]);
});

test('a broker that is away for a while during changes costs none of them', async () => {
  const changing = changeTaps(fleet, { sensor, sources, count: 100, abreast: 2 });
  await fleet.broker.halt();
  const away = new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  const promised = await changing;
  expect(promised.unanswered).toBe(0);
  const late = await changeTaps(fleet, { sensor, sources, count: 100, abreast: 2 });
  expect((await fleet.api.request('GET', '/readyz')).status).toBe(503);
  await away;
  await fleet.broker.resume();
  await agreement(fleet);
  expect(await fleet.api.request('GET', '/readyz')).toMatchObject({ status: 200 });
  for (const each of [promised, late]) expect(await broken(each)).toEqual([]);
}, 240_000);
