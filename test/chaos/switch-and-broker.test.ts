import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Scene, startScene } from '../support/scene.ts';
import { isLong } from '../support/times.ts';
import {
  databaseRestarted,
  integrationBridgeRemade,
  lockStolen,
  strangersAboveOurs,
  vswitchdKilled,
} from './accidents.ts';
import { type BrokerStage, brokerFaults } from './broker-faults.ts';
import { type Fault, faults } from './damages.ts';
import { type Claim, type Proof, prove } from './prove.ts';
import { type Repaired, type RepairStage, repairedUnderTraffic, setRepairStage } from './under-traffic.ts';

let scene: Scene;
let stage: RepairStage;
let ports: BrokerStage['ports'];
beforeAll(async () => {
  scene = await startScene();
  stage = await setRepairStage(scene);
  const vm = (name: string, tag: number) => scene.vm({ name, tag });
  ports = {
    sources: [await vm('one', 11), await vm('two', 11)],
    sensors: [await vm('ear-1', 12), await vm('ear-2', 13)],
  };
});
afterAll(async () => {
  await stage?.watch.close();
  await scene?.stop();
});

const AT_ONCE = { median: 50, worst: 500 };
const WITHIN_A_SECOND = { median: 1_000, worst: 1_000 };

describe('what is ours is deleted or changed', () => {
  const claim = (fault: string): Claim => ({
    row: 'flows-and-rows-deleted',
    fault,
    mustHold: 'median under 50 ms, worst under 500 ms; nothing leaks meanwhile',
  });

  /** Each damage once in the short form, and together as often as any fault in the long one. */
  async function damaged(proof: Proof, { damages }: Fault): Promise<void> {
    const once = async (round: number): Promise<Repaired> => {
      const damage = damages[(round - 1) % damages.length];
      const { brokenAt, longest } = await stage.watch.repairOf(async () => damage?.(scene.on));
      return { since: brokenAt, took: longest };
    };
    const often = { short: Math.max(3, damages.length), long: Math.max(20, 20 * Math.ceil(damages.length / 3)) };
    await repairedUnderTraffic(scene, stage, proof, once, { often, limits: AT_ONCE });
  }

  test.each(faults)('$fault', (each) => prove(claim(each.fault), (proof) => damaged(proof, each)));

  test('somebody’s flows above ours stay', () =>
    prove(claim('somebody’s flows above ours on both bridges: theirs stay, ours beside them deleted'), (proof) =>
      repairedUnderTraffic(scene, stage, proof, () => strangersAboveOurs(scene, stage), { limits: AT_ONCE }),
    ));

  test('the lock is stolen, and given back', () =>
    prove(claim('the OVSDB lock stolen and given back, our flows of br-tap deleted meanwhile'), (proof) =>
      repairedUnderTraffic(scene, stage, proof, () => lockStolen(scene, stage), { limits: AT_ONCE }),
    ));

  test('br-int is deleted, and made again', () =>
    prove(claim('br-int deleted, and made again with the ports of its VMs'), (proof) => {
      const options = { limits: AT_ONCE, stopsTraffic: true };
      return repairedUnderTraffic(scene, stage, proof, () => integrationBridgeRemade(scene, stage), options);
    }));
});

describe('a daemon of the switch restarts', () => {
  const claim = (fault: string): Claim => ({
    row: 'switch-restarts',
    fault,
    mustHold: 'worst under 1 s from when it answers again; nothing leaks meanwhile',
  });

  /** What it is away for, in milliseconds: mostly as long as a restart takes, at times as long as somebody needs to see to it. */
  const awayFor = (round: number, proof: Proof) => (isLong ? proof.chance.between(0, 15_000) : round === 1 ? 2_000 : 0);

  test('ovs-vswitchd', () =>
    prove(claim('ovs-vswitchd killed (kill -9), and started after up to 15 s'), (proof) => {
      const once = (round: number) => vswitchdKilled(scene, stage, awayFor(round, proof));
      return repairedUnderTraffic(scene, stage, proof, once, { limits: WITHIN_A_SECOND, stopsTraffic: true });
    }));

  test('ovsdb-server', () =>
    prove(claim('ovsdb-server restarted after up to 15 s, our flows of br-tap deleted when it is back'), (proof) => {
      const once = (round: number) => databaseRestarted(scene, stage, awayFor(round, proof));
      // ovs-vswitchd comes back to its database, and answers again, only after some 8 s.
      const often = { short: 1, long: 20 };
      return repairedUnderTraffic(scene, stage, proof, once, { limits: WITHIN_A_SECOND, often });
    }));
});

describe('the broker', () => {
  brokerFaults(() => ({ scene, stage, ports }));
});
