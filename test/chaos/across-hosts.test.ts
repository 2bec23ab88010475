import { afterAll, beforeAll, describe, test } from 'vitest';
import { type JoinedHosts, startJoinedHosts } from '../support/joined-hosts.ts';
import { type Places, placesOf, provenMoves } from './moves.ts';
import { type Claim, prove } from './prove.ts';

describe.each(['neutron'] as const)('with the tunnels of %s', (mode) => {
  let joined: JoinedHosts;
  let source: Places;
  let peers: Places;
  let sensor: Places;
  beforeAll(async () => {
    joined = await startJoinedHosts({ hosts: 3, mode, tunnels: 'vxlan' });
    const [one, two, three] = joined.hosts;
    if (!one || !two || !three) throw new Error('there are three hosts');
    source = await placesOf([one, two], 'source', 5);
    peers = [await one.vm({ name: 'peer-1', tag: 5 }), await two.vm({ name: 'peer-2', tag: 5 })];
    sensor = await placesOf([three, two], 'sensor', 6);
  });
  afterAll(() => joined?.stop());

  const claim = (fault: string): Claim => ({
    row: 'migration',
    fault,
    mustHold: 'copied again, every frame from then on: median under 20 ms, worst under 1 s from when it is plugged',
  });

  test('the tapped VM', () =>
    prove(claim('the tapped VM moves, every second time alive (on both hosts for a moment)'), (proof) =>
      provenMoves({ joined, source, peers, sensor }, 'source', proof),
    ));

  test('the sensor', () =>
    prove(claim('the sensor moves, every second time alive (on both hosts for a moment)'), (proof) => {
      const here: Places = [source[0]];
      const peer: Places = [peers[0]];
      return provenMoves({ joined, source: here, peers: peer, sensor }, 'sensor', proof);
    }));
});
