import { expect, test } from 'vitest';
import { failuresIn, type TestReport } from './test-report.ts';

const report = (...testResults: TestReport['testResults']): TestReport => ({
  numPassedTests: 0,
  numPendingTests: 0,
  numTotalTests: 0,
  testResults,
});
const passed = { ancestorTitles: [], title: 'fine', status: 'passed' };

test('each failed test has a line of its own, however its name is written', () => {
  const deep = { ancestorTitles: ['outer', 'inner'], title: 'deep,\n  in two lines', status: 'failed' };
  const top = { ancestorTitles: [], title: 'top', status: 'failed' };
  const file = {
    name: '/x/test/a.test.ts',
    status: 'failed',
    message: '',
    assertionResults: [passed, deep, top],
  } as const;
  expect(failuresIn(report(file), '/x')).toEqual([
    'test/a.test.ts > outer > inner > deep, in two lines',
    'test/a.test.ts > top',
  ]);
});

test('a file that fails as a whole has a line, also where tests of it have passed or failed', () => {
  const failed = { ancestorTitles: [], title: 'bad', status: 'failed' };
  const file = (name: string, message: string, ...assertionResults: (typeof passed)[]) =>
    ({ name: `/x/${name}`, status: 'failed', message, assertionResults }) as const;
  const skipped = { ...passed, status: 'skipped' };
  const files = [
    file('not-loaded', 'Cannot find module\nat ...'),
    file('hook-of-file', 'too bad', passed, failed),
    file('hook-of-describe', '', skipped),
  ];
  expect(failuresIn(report(...files), '/x')).toEqual([
    'not-loaded: Cannot find module at ...',
    'hook-of-file > bad',
    'hook-of-file: too bad',
    'hook-of-describe: a hook failed',
  ]);
});

test('nothing that passed has a line', () => {
  const file = { name: '/x/a', status: 'passed', message: '', assertionResults: [passed] } as const;
  expect(failuresIn(report(file), '/x')).toEqual([]);
});
