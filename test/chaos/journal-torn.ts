import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'vitest';
import { readFrame } from '../../src/journal/frame.ts';
import { pathsIn } from '../../src/journal/paths.ts';
import { logged, saying } from '../e2e/log-lines.ts';
import { eventually } from '../support/eventually.ts';
import type { FlowSpec } from '../support/plugin.ts';
import { times } from '../support/times.ts';
import { Traffic } from '../support/traffic.ts';
import { expectAtRest } from './at-rest.ts';
import { Believed } from './believed.ts';
import type { Host } from './host.ts';
import { type Proof, prove } from './prove.ts';
import { expectEveryFrameOnce } from './stage.ts';

const LEFT_OUT = saying(
  'the last record of the journal is not whole, as after a crash: it is left out, all before it is there',
);

/** A journal that ends with the record of a tap flow's create, as the agent wrote it. */
interface Written {
  readonly flow: FlowSpec;
  readonly bytes: Buffer;
  /** Where its last record begins. */
  readonly begin: number;
}

const journalOf = ({ disk }: Host) => pathsIn(disk.path).journal;

/** Resolves when the agent has been stopped. */
async function writeJournal(host: Host, believed: Believed, { chance }: Proof): Promise<Written> {
  const { scene, voices } = host;
  const service = await believed.createService(chance.pick(voices.sensors));
  await believed.reported();
  await scene.agent.stop();
  const { length: begin } = await readFile(journalOf(host));
  await scene.agent.start();
  const flow = await believed.createFlow(chance.pick(voices.sources), service, 'BOTH');
  await believed.reported();
  await scene.agent.stop();
  const bytes = await readFile(journalOf(host));
  const record = readFrame(bytes, begin);
  if (!record) throw new Error('no record of the create was written');
  return { flow, begin, bytes: bytes.subarray(0, record.end) };
}

/**
 * Starts the agent as after a kill -9 amid writing: the record ends before it is whole, and its event, which was never
 * acked, is still with the broker. Resolves when the tap is reported.
 */
async function startWithTorn(host: Host, { flow, bytes }: Written, length: number): Promise<void> {
  const { agent, plugin } = host.scene;
  await writeFile(journalOf(host), bytes.subarray(0, length));
  const before = plugin.reports(flow.id).length;
  await plugin.createFlow(flow);
  await agent.start();
  await logged(agent, LEFT_OUT);
  await eventually(() => plugin.reports(flow.id).length > before, { what: 'the tap to be reported again' });
}

export function journalTorn(host: () => Host): void {
  test('the journal is torn in its last record: all before it is there, and its event comes again', () => {
    const claim = {
      row: 'disk',
      fault: 'kill -9 amid writing: the journal ends at any byte of its last record',
      mustHold: 'the log says so; all before it is there, its event comes again from the broker; copies go on',
    } as const;
    return prove(claim, async (proof) => {
      const { scene, stage } = host();
      const believed = new Believed(scene.plugin);
      const written = await writeJournal(host(), believed, proof);
      const traffic = await Traffic.start(scene, stage);
      const cuts = written.bytes.length - written.begin - 1;
      const once = async (round: number) => {
        const cut = times({ short: 1 + proof.chance.below(cuts), long: round });
        await startWithTorn(host(), written, written.begin + cut);
        await expectAtRest(scene.on, scene.agent, stage, believed);
        await scene.agent.stop();
      };
      await proof.rounds(once, { short: 3, long: cuts });
      proof.frames(...expectEveryFrameOnce(await traffic.stop()));
      await scene.agent.start();
      await believed.deleteAll();
      await believed.reported();
    });
  });
}
