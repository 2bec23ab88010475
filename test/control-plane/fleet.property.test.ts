import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TapFlow, TapService } from '../../src/contract/resources.ts';
import { cases } from '../support/times.ts';
import { Fleet, PORTS, RANGE } from './fleet.ts';
import { happenings, type Pick } from './happenings.ts';
import { portId } from './stage.ts';

interface Happening extends Pick {
  readonly what: keyof typeof happenings;
}

const number = fc.nat(11);
/** What brings taps to life comes more often than what gets in their way. */
const often = ['createService', 'createFlow', 'takeCasts', 'confirm', 'report', 'tellPorts'] as const;
const happening: fc.Arbitrary<Happening> = fc.record({
  what: fc.constantFrom(...(Object.keys(happenings) as (keyof typeof happenings)[]), ...often, ...often),
  a: number,
  b: number,
  c: number,
});

const LEGAL = new Set(['DOWN', 'ACTIVE', 'ERROR', 'PENDING_DELETE']);

/** The ports that a tap needs: a service one, a flow two. */
function portsOf(fleet: Fleet, row: TapService | TapFlow): readonly string[] {
  if (!('source_port' in row)) return [row.port_id];
  return [row.source_port, fleet.services.find(({ id }) => id === row.tap_service_id)?.port_id ?? ''];
}

/** What holds at any moment. */
function expectSane(fleet: Fleet): void {
  const { services, flows } = fleet;
  const byId = new Map(services.map((row) => [row.id, row]));
  for (const row of flows) {
    const at = byId.get(row.tap_service_id);
    expect(at, `the service of flow ${row.id}`).toBeDefined();
    expect(at?.project_id).toBe(row.project_id);
    if (at?.status === 'PENDING_DELETE') expect(row.status).toBe('PENDING_DELETE');
  }
  for (const row of [...services, ...flows]) {
    expect(LEGAL).toContain(row.status);
    if (!mayRun(fleet, row)) expect(['ERROR', 'PENDING_DELETE']).toContain(row.status);
    if (row.status !== 'ACTIVE') continue;
    for (const id of portsOf(fleet, row)) expect(fleet.pluggedAt(id)?.project).toBe(row.project_id);
  }
  const numbers = services.flatMap(({ id }) => fleet.taasIds.get(id) ?? []);
  expect(new Set(numbers).size).toBe(numbers.length);
  for (const taasId of numbers) {
    expect(taasId).toBeGreaterThanOrEqual(RANGE.first);
    expect(taasId).toBeLessThanOrEqual(RANGE.last);
  }
}

/** Whether the ports of the tap are its project's. */
function mayRun(fleet: Fleet, row: TapService | TapFlow): boolean {
  return portsOf(fleet, row).every((id) => fleet.projectOf(id) === row.project_id);
}

/** Whether the tap can run: its ports are plugged, wherever that is, and its project's, and copies find their way. */
function canRun(fleet: Fleet, row: TapService | TapFlow): boolean {
  const ids = portsOf(fleet, row);
  const [from, to] = [ids.at(0) ?? '', ids.at(-1) ?? ''].map((id) => fleet.pluggedAt(id));
  if (from?.project !== row.project_id || to?.project !== row.project_id) return false;
  // In a migration a port is plugged at both hosts for a while.
  return fleet.has(from.host, ids.at(-1) ?? '') || fleet.addressAt(to.host) !== null;
}

/** What holds once everything has arrived everywhere and nothing happens any more. */
function expectAgreement(fleet: Fleet): void {
  const rows = [...fleet.services, ...fleet.flows];
  const ids = new Set(rows.map(({ id }) => id));
  for (const row of rows) {
    expect(row.status, `status of ${row.id}`).not.toBe('PENDING_DELETE');
    expect(row.status === 'ACTIVE', `${row.id} is ACTIVE`).toBe(canRun(fleet, row));
  }
  const foreign = new Set(rows.filter((row) => !mayRun(fleet, row)).map(({ id }) => id));
  for (const agent of fleet.agents) {
    // Nothing is left of what was deleted or stopped, and what is ACTIVE is held by the one who said so.
    expect(agent.held.filter((id) => !ids.has(id) || foreign.has(id))).toEqual([]);
    const here = rows.filter((row) => fleet.pluggedAt(portsOf(fleet, row)[0] ?? '')?.host === agent.host);
    const active = here.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
    expect(active.filter((id) => !agent.held.includes(id))).toEqual([]);
  }
  for (const { ports } of fleet.agents) {
    for (const { portId: id, plugged } of ports.values()) if (plugged) expect(fleet.pluggedAt(id)).toBeDefined();
  }
  expect(fleet.opened.unsentCasts()).toBe(0);
}

test('whatever happens in a fleet, its rows are sane, and once it is calm rows and agents agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 120, size: 'max' }), async (sequence) => {
      const fleet = new Fleet();
      try {
        // Most of what may happen needs ports.
        for (let port = 0; port < PORTS; port += 1) happenings.plug(fleet, { a: 0, b: port, c: 0 });
        for (const { what, ...pick } of sequence) {
          await happenings[what](fleet, pick);
          await fleet.sendCasts();
          expectSane(fleet);
        }
        await fleet.calmDown();
        expectSane(fleet);
        expectAgreement(fleet);
      } finally {
        await fleet.close();
      }
    }),
    { numRuns: cases(150) },
  );
});

test('the fleet of these tests is one where taps become ACTIVE, and go', async () => {
  const fleet = new Fleet();
  for (const port of [1, 5]) happenings.plug(fleet, { a: 1, b: port, c: 0 });
  await fleet.calmDown();
  happenings.createService(fleet, { a: 1, b: 1, c: 0 });
  happenings.createFlow(fleet, { a: 0, b: 5, c: 0 });
  await fleet.calmDown();
  expect(fleet.flows).toMatchObject([{ source_port: portId(0), status: 'ACTIVE' }]);
  happenings.remove(fleet, { a: 0, b: 0, c: 0 });
  expect(fleet.services).toMatchObject([{ status: 'PENDING_DELETE' }]);
  await fleet.calmDown();
  expect(fleet.services).toEqual([]);
  expect(fleet.agents.flatMap(({ held }) => held)).toEqual([]);
  await fleet.close();
});
