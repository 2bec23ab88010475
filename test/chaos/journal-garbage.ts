import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readFrame } from '../../src/journal/frame.ts';
import { pathsIn } from '../../src/journal/paths.ts';
import { replay } from '../../src/journal/replay.ts';
import { runProgram } from '../e2e/run-program.ts';
import type { Chance } from '../support/chance.ts';
import { eventually } from '../support/eventually.ts';
import type { Span } from '../support/passage.ts';
import { Traffic } from '../support/traffic.ts';
import { expectAtRest } from './at-rest.ts';
import type { Host } from './host.ts';
import { prove } from './prove.ts';
import { everyFrameOnce } from './stage.ts';

type Spoil = (journal: Buffer, chance: Chance) => Buffer;

/** What may be in the journal's place, made of what was there. */
const garbage: readonly Spoil[] = [
  (journal) => randomBytes(journal.length),
  () => Buffer.from('{"taps": []}\n'),
  (journal) => Buffer.alloc(journal.length),
  // In a record that others follow, so that it is not taken for one that a crash has torn.
  (journal, chance) => {
    const [first = 0, last = 0] = endsOfLog(journal);
    return flipped(journal, first + chance.below(last - first));
  },
];

/** Where the first record behind the snapshot begins, and where the last one does. */
function endsOfLog(journal: Buffer): readonly number[] {
  const { snapshotEnd } = replay(journal, 'the journal');
  let last = snapshotEnd;
  for (let frame = readFrame(journal, last); frame && frame.end < journal.length; frame = readFrame(journal, last)) {
    last = frame.end;
  }
  return [snapshotEnd, last];
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}

/** Puts garbage in the place of the journal of an agent that has stopped. */
async function spoilJournal({ disk }: Host, round: number, chance: Chance): Promise<void> {
  const { journal } = pathsIn(disk.path);
  const spoil = garbage[(round - 1) % garbage.length];
  if (spoil) await writeFile(journal, spoil(await readFile(journal), chance));
}

/** Starts the agent, which ends by itself: with a sentence that names the file and the way out, and the file as it was. */
async function expectRefusal({ scene: { agent }, disk }: Host): Promise<void> {
  const { journal } = pathsIn(disk.path);
  const before = await readFile(journal);
  const { exitCode, stderr } = await runProgram(['--config', agent.config], {}, agent.program);
  expect(exitCode).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(journal);
  expect(stderr).toContain('move it away');
  expect(await readFile(journal)).toEqual(before);
}

/** Answers the sync that an agent asks for, as Neutron does: casts all taps of the host that are ACTIVE once more. */
async function answerSync({ scene: { plugin }, stage: { flows } }: Host): Promise<void> {
  for (const { service } of Object.values(flows)) await plugin.createService(service, 'ACTIVE');
  for (const flow of Object.values(flows)) await plugin.createFlow(flow, 'ACTIVE');
}

/** The way out that the sentence tells of. */
async function startAnew(host: Host): Promise<void> {
  const { agent, plugin } = host.scene;
  const syncs = () => plugin.calls().filter(({ method }) => method === 'sync_tap_resources').length;
  const { journal } = pathsIn(host.disk.path);
  await rename(journal, `${journal}.bad`);
  const before = syncs();
  await agent.start();
  await eventually(() => syncs() > before, { what: 'the agent to ask for the taps of its host' });
  await answerSync(host);
}

export function journalGarbage(host: () => Host): void {
  test('the journal is garbage: refused with the way out, the taps stay; without it Neutron tells them anew', () => {
    const claim = {
      row: 'disk',
      fault: 'the journal is garbage: random bytes, another file, zeros, a byte in the middle is wrong',
      mustHold: 'the agent ends, naming the file and the way out; copies go on; once moved away all taps come anew',
    } as const;
    return prove(claim, async (proof) => {
      const { scene, stage } = host();
      const traffic = await Traffic.start(scene, stage);
      const spans: Span[] = [];
      const once = async (round: number) => {
        const from = Traffic.mark();
        await scene.agent.stop();
        await spoilJournal(host(), round, proof.chance);
        await expectRefusal(host());
        spans.push({ from, until: Traffic.mark() });
        await startAnew(host());
        await expectAtRest(scene.on, scene.agent, stage);
      };
      await proof.rounds(once, { short: 4, long: 20 });
      const passed = await traffic.stop();
      const tallies = spans.flatMap((span) => [passed.out.tally(span), passed.in.tally(span)]);
      for (const tally of tallies) expect(tally).toEqual(everyFrameOnce(tally));
      proof.frames(...tallies);
    });
  });
}
