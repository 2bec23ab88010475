import { readFile } from 'node:fs/promises';
import { eventually } from './eventually.ts';
import type { Switch } from './switch.ts';

const ROUNDS = 2;

/** Bytes in the receive queues of packet sockets, the fifth to last column of /proc/net/packet: the switch's ports. */
function queuedBytes(procNetPacket: string): number {
  const rows = procNetPacket.split('\n').slice(1);
  return rows.reduce((sum, row) => sum + Number(row.trim().split(/\s+/)[6] ?? 0), 0);
}

/** Frames that wait in the kernel between two devices: the twelfth column, hexadecimal, one row for each CPU. */
function backlogFrames(softnetStat: string): number {
  const rows = softnetStat.split('\n').filter((row) => row !== '');
  return rows.reduce((sum, row) => sum + Number.parseInt(row.trim().split(/\s+/)[11] ?? '0', 16), 0);
}

/** How many packets the datapath has looked up since it started. */
async function lookups({ appctl }: Switch): Promise<string> {
  return (await appctl('dpctl/show', '--statistics'))
    .split('\n')
    .filter((line) => line.includes('lookups:'))
    .join();
}

async function quietRound(on: Switch): Promise<string | undefined> {
  // The network of a process, which is that of the switch's namespace (proc_pid_net(5)).
  const net = `/proc/${on.vswitchd.pid()}/net`;
  const queues = await readFile(`${net}/packet`, 'utf8');
  const backlogs = await readFile(`${net}/softnet_stat`, 'utf8');
  if (queuedBytes(queues) > 0 || backlogFrames(backlogs) > 0) return undefined;
  return lookups(on);
}

/**
 * Waits until the switches have dealt with every frame that was sent: nothing queued before or behind them, and no lookup
 * more across several rounds. Each round asks ovs-vswitchd, whose one thread forwards the frames of such ports as well, so
 * its answer says that the frames it had read are out. After this, what a capture does not have, it will not get.
 */
export async function settle(...switches: readonly Switch[]): Promise<void> {
  let before: readonly string[] = [];
  let quiet = 0;
  const round = async () => {
    const now: string[] = [];
    for (const on of switches) {
      const looked = await quietRound(on);
      if (looked === undefined) {
        quiet = 0;
        throw new Error(`frames are queued at ${on.namespace.name}`);
      }
      now.push(looked);
    }
    quiet = now.join() === before.join() ? quiet + 1 : 0;
    before = now;
    return quiet >= ROUNDS;
  };
  await eventually(round, { what: 'the switches to settle', timeoutMs: 60_000, intervalMs: 2 });
}
