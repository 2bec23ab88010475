import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { countAcross, fleetTaps, type Place, SERVICES_OF_HOST, taasIdOf } from './fleet-taps.ts';

const port = () => ({ portId: randomUUID(), mac: 'fa:16:3e:00:00:01' });

function placesOf(hosts: number, sources: number): Place[] {
  return Array.from({ length: hosts }, (_, index) => {
    const host = `host-${index}`;
    const service = (_each: unknown, at: number) => ({
      id: randomUUID(),
      taasId: taasIdOf(index, at),
      port: port(),
      host,
    });
    return {
      host,
      services: Array.from({ length: SERVICES_OF_HOST }, service),
      sources: Array.from({ length: sources }, port),
    };
  });
}

const tally = (values: readonly string[]) =>
  [...Map.groupBy(values, (value) => value).values()].map((group) => group.length);

describe('the taps of a fleet', () => {
  const places = placesOf(50, 16);
  const flows = fleetTaps(places, 2000);

  test('are spread evenly over hosts, sources and sensors', () => {
    expect(new Set(tally(flows.map(({ host }) => host)))).toEqual(new Set([40]));
    expect(new Set(tally(flows.map(({ service }) => service.host)))).toEqual(new Set([40]));
    expect(new Set(tally(flows.map(({ source }) => source.portId)))).toEqual(new Set([2, 3]));
    expect(tally(flows.map(({ service }) => service.id))).toHaveLength(200);
  });

  test('name the host where their source is, and half of them go to another', () => {
    const hostOf = new Map(places.flatMap(({ host, sources }) => sources.map(({ portId }) => [portId, host])));
    expect(flows.filter(({ host, source }) => hostOf.get(source.portId) !== host)).toEqual([]);
    expect(countAcross(flows)).toBe(1000);
  });

  test('are all of different source and service', () => {
    expect(new Set(flows.map(({ source, service }) => `${source.portId} ${service.id}`)).size).toBe(2000);
  });
});

test('the tap services of 1,000 hosts have numbers that differ, and are VLAN ids', () => {
  const numbers = placesOf(1000, 1).flatMap(({ services }) => services.map(({ taasId }) => taasId));
  expect(new Set(numbers).size).toBe(4000);
  expect(Math.min(...numbers)).toBe(1);
  expect(Math.max(...numbers)).toBeLessThan(4095);
});
