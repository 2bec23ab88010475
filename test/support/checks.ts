/**
 * Every check of the project in one command; `--fast` leaves out what needs a real switch or broker.
 * At the end it names all checks and tests that failed once more, one a line: of a long log often only the end is kept.
 * The last line is `N passed, N failed[, N skipped]` over all of them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { noContainers, RABBITMQ_IMAGE } from './docker.ts';
import { failuresIn, type TestReport } from './test-report.ts';

const totals = { passed: 0, skipped: 0 };
/** A line each. */
const failures: string[] = [];

async function run(title: string, file: string, args: readonly string[]): Promise<boolean> {
  console.log(`\n== ${title}`);
  const result = await execa(file, args, { stdio: ['ignore', 'inherit', 'inherit'], reject: false });
  return result.exitCode === 0;
}

async function step(title: string, file: string, args: readonly string[]): Promise<void> {
  if (await run(title, file, args)) totals.passed += 1;
  else failures.push(title);
}

async function tests(title: string, projects: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'taas-report-'));
  const report = join(folder, 'report.json');
  const selected = projects.map((project) => `--project=${project}`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = await run(title, 'vitest', ['run', '--config', 'test/vitest.config.ts', ...selected, ...reporters]);
  try {
    const figures = JSON.parse(readFileSync(report, 'utf8')) as TestReport;
    totals.passed += figures.numPassedTests;
    totals.skipped += figures.numPendingTests;
    const failed = failuresIn(figures, process.cwd());
    failures.push(...failed);
    if (!ok && failed.length === 0) failures.push(`${title}: an error outside of the tests`);
    if (figures.numTotalTests === 0) failures.push(`${title}: there are none`);
  } catch (error) {
    console.error(`no test report was written: ${String(error)}`);
    failures.push(`${title}: no report was written`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Skipped as a whole, aloud, where there is no Docker engine. */
async function containerTests(): Promise<void> {
  const title = 'tests with a broker in a container';
  const reason = await noContainers([RABBITMQ_IMAGE]);
  if (reason === undefined) return tests(title, ['broker-container']);
  console.log(`\n== ${title}\nskipped: ${reason}`);
  totals.skipped += 1;
}

const fast = process.argv.includes('--fast');
// For test/vitest.config.ts.
if (fast) process.env['TAAS_TEST_FAST'] = '1';
await step('format and lint', 'biome', ['check', '--error-on-warnings']);
await step('build', 'bash', ['test/support/build.sh']);
await step('types of the tests', 'tsc', ['-p', 'test']);
await tests('unit, property and architecture tests', ['unit']);
if (!fast) {
  await tests('tests with a real switch and a real broker', ['switch', 'broker', 'e2e']);
  await tests('faults, with a real switch and a real broker', ['chaos']);
  await containerTests();
}

if (failures.length > 0) console.log('\n== failed');
for (const failure of failures) console.log(failure);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${failures.length} failed${skipped}`);
process.exitCode = failures.length > 0 ? 1 : 0;
