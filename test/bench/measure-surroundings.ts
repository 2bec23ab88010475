import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { addFolder } from '../support/folder.ts';
import type { Neutron } from './neutron.ts';
import { type Summary, summarize } from './statistics.ts';
import { createFlow, newFlow, type TapPort } from './tap-casts.ts';

/** What the bus and the disk need, whoever uses them; milliseconds. */
export interface Surroundings {
  /** Until a message of Neutron's size has come back through a durable queue. */
  readonly delivered: Summary;
  /** Until the broker has confirmed it. */
  readonly confirmed: Summary;
  /** A write of one record at the end of a file, and fsync. */
  readonly synced: Summary;
}

/** Bytes of a record in the journal, about. */
const RECORD = Buffer.alloc(400, 'x');

async function syncs(times: number): Promise<number[]> {
  const folder = await addFolder('fsync');
  const file = await open(join(folder.path, 'file'), 'a');
  const taken: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const began = performance.now();
    await file.write(RECORD);
    await file.sync();
    taken.push(performance.now() - began);
  }
  await file.close();
  await folder.remove();
  return taken;
}

export async function measureSurroundings(neutron: Neutron, times: number): Promise<Surroundings> {
  const port: TapPort = { portId: '00000000-0000-4000-8000-000000000000', mac: 'fa:16:3e:00:00:00' };
  const { body } = createFlow(newFlow({ id: port.portId, taasId: 1, port, host: 'nobody' }, port));
  const { delivered, confirmed } = await neutron.echo(body, times);
  return {
    delivered: summarize(delivered),
    confirmed: summarize(confirmed),
    synced: summarize(await syncs(times)),
  };
}
