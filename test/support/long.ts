/**
 * The long forms of all tests that have one; writes docs/reliability.md from what they measured. Tests with a real switch run
 * one after another, as ever; what was measured with them is not disturbed by the others, which come behind.
 */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { type ProofRecord, RECORDS_VARIABLE, type RoundRecord } from '../chaos/record.ts';
import { Progress } from './progress.ts';
import { allHold, durationText, reliabilityDocument } from './reliability.ts';
import { machineText, softwareVersions } from './surroundings.ts';

const DOCUMENT = 'docs/reliability.md';
/** How often the records are looked at, in milliseconds. */
const GLANCE = 500;

const folder = mkdtempSync(join(tmpdir(), 'taas-long-'));
const records = join(folder, 'records.jsonl');
const progress = new Progress();

function readRecords(): readonly (ProofRecord | RoundRecord)[] {
  const lines = readFileSync(records, { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

const proofsIn = (all: ReturnType<typeof readRecords>) => all.filter((each) => each.kind === 'proof');

/** Tells of each proof when it is over, and of the round that goes on. */
function follow(): () => void {
  let told = proofsIn(readRecords()).length;
  const glance = () => {
    const all = readRecords();
    for (const { fault, times, failure, seconds } of proofsIn(all).slice(told)) {
      progress.now('');
      progress.say(
        `${failure === null ? 'holds' : 'FAILS'}  ${fault}: ${times} times in ${durationText(seconds * 1000)}`,
      );
    }
    told = proofsIn(all).length;
    const last = all.at(-1);
    progress.now(last?.kind === 'round' ? `       ${last.fault}: ${last.round} of ${last.of}` : '');
  };
  const timer = setInterval(glance, GLANCE);
  return () => {
    clearInterval(timer);
    glance();
  };
}

/** Answers whether all passed. */
async function vitest(title: string, args: readonly string[]): Promise<boolean> {
  progress.say(`\n== ${title}`);
  const running = execa('vitest', ['run', '--config', 'test/vitest.config.ts', ...args], {
    env: { TAAS_TEST_LONG: '1', [RECORDS_VARIABLE]: records },
    stdin: 'ignore',
    all: true,
    reject: false,
    buffer: false,
  });
  const end = follow();
  for await (const line of createInterface({ input: running.all })) progress.say(line);
  const { exitCode } = await running;
  end();
  return exitCode === 0;
}

/** Of the other tests those that ask how much there is time for. */
function othersWithLongForm(): readonly string[] {
  const files = globSync('test/**/*.test.ts', { exclude: ['test/chaos/**'] });
  const found = files.filter((file) => /from '[^']*\/(times|fuzzed)\.ts'/.test(readFileSync(file, 'utf8')));
  // Without a name vitest would run them all.
  if (found.length === 0) throw new Error('no other test has a long form');
  return found.sort();
}

async function build(): Promise<boolean> {
  const { exitCode } = await execa('bash', ['test/support/build.sh'], { stdio: 'inherit', reject: false });
  return exitCode === 0;
}

async function run(): Promise<boolean> {
  const started = performance.now();
  const others = ['unit', 'switch', 'broker', 'e2e'].map((project) => `--project=${project}`);
  const files = othersWithLongForm();
  if (!(await build())) return false;
  const passed = [
    await vitest('faults, with a real switch and a real broker', ['--project=chaos']),
    await vitest('the long forms of other tests', [...others, ...files]),
  ];
  const proofs = proofsIn(readRecords());
  const document = reliabilityDocument(proofs, {
    date: new Date().toISOString().slice(0, 10),
    machine: machineText(),
    versions: await softwareVersions(),
    seconds: (performance.now() - started) / 1000,
  });
  writeFileSync(DOCUMENT, document);
  progress.say(`\n${DOCUMENT} has been written; ${allHold(proofs) ? 'all rows hold' : 'NOT all rows hold'}`);
  return passed.every(Boolean) && allHold(proofs);
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
