import { afterAll, beforeAll, expect, test } from 'vitest';
import { type JoinedHost, type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import type { Vm } from '../support/vm.ts';
import { provenDeath } from './dead-host.ts';
import { type Places, placesOf, provenMoves } from './moves.ts';
import { type Claim, prove } from './prove.ts';

const TUNNELS = 'vxlan';

let joined: JoinedHosts;
let hosts: readonly [JoinedHost, JoinedHost, JoinedHost];
beforeAll(async () => {
  joined = await startJoinedHosts({ hosts: 3, mode: 'neutron', tunnels: TUNNELS });
  const [one, two, three] = joined.hosts;
  if (!one || !two || !three) throw new Error('there are three hosts');
  hosts = [one, two, three];
});
afterAll(() => joined?.stop());

const moves = (fault: string): Claim => ({
  row: 'migration',
  fault,
  mustHold: 'copied again, every frame from then on: median under 20 ms, worst under 1 s from when it is plugged',
});

test('the tapped VM moves', () =>
  prove(moves('the tapped VM moves, every second time alive (on both hosts for a moment)'), async (proof) => {
    const [one, two, three] = hosts;
    const source = await placesOf([one, two], 'source', 5);
    const peers: Places = [await one.vm({ name: 'peer-1', tag: 5 }), await two.vm({ name: 'peer-2', tag: 5 })];
    const sensor = await placesOf([three], 'sensor', 6);
    await provenMoves({ joined, source, peers, sensor }, 'source', proof);
  }));

test('the sensor moves', () =>
  prove(moves('the sensor moves, every second time alive (on both hosts for a moment)'), async (proof) => {
    const [one, two, three] = hosts;
    const source = await placesOf([one], 'source', 5);
    const peers: Places = [await one.vm({ name: 'peer', tag: 5 })];
    const sensor = await placesOf([three, two], 'sensor', 6);
    await provenMoves({ joined, source, peers, sensor }, 'sensor', proof);
  }));

const death: Claim = {
  row: 'host-dies',
  fault: 'ovs-vswitchd and agent of one of three hosts killed (kill -9); both started after a minute',
  mustHold:
    'all is reported; every switch holds what follows from the events, and nothing else; copies arrive once each',
};

test('a host dies', () =>
  prove(death, async (proof) => {
    const sources: (Vm & { readonly host: string })[] = [];
    const sensors: (Vm & { readonly host: string })[] = [];
    for (const [index, host] of hosts.entries()) {
      sources.push(await host.vm({ name: `source-${index}`, tag: 5 }));
      sensors.push(await host.vm({ name: `sensor-${index}`, tag: 6 }));
    }
    await provenDeath(joined, hosts[1], { sources, sensors }, proof, TUNNELS);
    expect(proof.done).toBeGreaterThan(0);
  }));
