import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { heldTaps } from '../support/held-taps.ts';
import { Traffic } from '../support/traffic.ts';
import { expectAtRest } from './at-rest.ts';
import { Believed, heldText } from './believed.ts';
import type { Host } from './host.ts';
import { type Proof, prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';

const QUEUE = 'n-taas_agent_fanout.taas-agent.host-1';
const CANNOT_SAVE = 'taps cannot be saved';

/** What is wrong with a disk. */
interface Trouble {
  readonly fault: string;
  begin(host: Host): Promise<unknown>;
  end(host: Host): Promise<unknown>;
}

const ballast = ({ disk }: Host) => join(disk.path, 'ballast');

/** Somebody may just have a file open for writing. */
const remount = ({ disk }: Host, options: string) =>
  eventually(
    async () => {
      await disk.remount(options);
      return true;
    },
    { what: `the disk to be mounted ${options}` },
  );

const troubles: readonly Trouble[] = [
  {
    fault: 'the disk is full',
    begin: async (host) => {
      // The last page of a file may have room for some records yet.
      const full = writeFile(ballast(host), Buffer.alloc(8 << 20));
      await expect(full).rejects.toThrow('ENOSPC');
    },
    end: (host) => rm(ballast(host)),
  },
  { fault: 'the state folder is read-only', begin: (host) => remount(host, 'ro'), end: (host) => remount(host, 'rw') },
];

/** Makes changes until the agent says that it cannot save them. */
async function changeUntilUnsaved({ systemd, voices }: Host, believed: Believed, proof: Proof): Promise<void> {
  const says = async () => {
    if (lastStatus(systemd).includes(CANNOT_SAVE)) return true;
    await believed.change(proof.chance, voices);
    proof.counted('events', 1);
    return false;
  };
  await eventually(says, { what: 'the status line to say that taps cannot be saved' });
}

function lastStatus(systemd: Host['systemd']): string {
  const statuses = systemd.messages().flatMap((message) => message.filter((line) => line.startsWith('STATUS=')));
  return statuses.at(-1) ?? '';
}

const saidGood = ({ systemd }: Host) =>
  eventually(() => !lastStatus(systemd).includes(CANNOT_SAVE), { what: 'the status line to be good again' });

/** Kills the agent: what it has not saved is with the broker, in the queue, and it starts all the same. */
async function restartInTrouble({ scene: { agent, broker }, systemd }: Host): Promise<void> {
  await agent.stop('SIGKILL');
  const link = await broker.connect();
  const channel = await link.createChannel();
  const { messageCount } = await channel.checkQueue(QUEUE);
  await link.close();
  expect(messageCount).toBeGreaterThan(0);
  const before = systemd.messages().length;
  await agent.start();
  await eventually(() => systemd.messages().length > before && lastStatus(systemd).includes(CANNOT_SAVE), {
    what: 'the new run to say that it cannot save',
  });
}

export function diskInTrouble(host: () => Host): void {
  test.each(troubles)('$fault: events stay with the broker, the agent says so, and goes on when it can', (trouble) => {
    const mustHold = 'events stay unacked with the broker, the status line says so, it goes on by itself; copies go on';
    const fault = `${trouble.fault}; every other time the agent is killed and started meanwhile`;
    return prove({ row: 'disk', fault, mustHold }, async (proof) => {
      const { scene, stage } = host();
      const believed = new Believed(scene.plugin);
      const traffic = await Traffic.start(scene, stage);
      await proof.rounds(async (round) => {
        await trouble.begin(host());
        await changeUntilUnsaved(host(), believed, proof);
        const saved = await heldTaps(scene.agent.stateDir);
        expect(heldText(saved)).not.toEqual([...stage.text(), ...believed.text()].sort());
        if (round % 2 === 0) await restartInTrouble(host());
        await trouble.end(host());
        const mended = performance.now();
        await believed.reported();
        proof.took('mended until all is reported', performance.now() - mended);
        await saidGood(host());
        await expectAtRest(scene.on, scene.agent, stage, believed);
      });
      await believed.deleteAll();
      await believed.reported();
      proof.frames(...expectEveryFrameOnce(await traffic.stop()));
    });
  });
}
