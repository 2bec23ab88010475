import { relative } from 'node:path';

/** What is read of the file that vitest's reporter `json` writes. */
export interface TestReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly FileReport[];
}

interface FileReport {
  /** The file's path. */
  readonly name: string;
  readonly status: 'passed' | 'failed';
  /** Why it failed as a whole, if it did: it could not be loaded, or a hook failed. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly ancestorTitles: readonly string[];
    readonly title: string;
    readonly status: string;
  }[];
}

const inOneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function failuresOfFile({ name, status, message, assertionResults }: FileReport, root: string): readonly string[] {
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const tests = failed.map(({ ancestorTitles, title }) => inOneLine([file, ...ancestorTitles, title].join(' > ')));
  if (status === 'failed' && (message !== '' || tests.length === 0))
    tests.push(inOneLine(`${file}: ${message || 'a hook failed'}`));
  return tests;
}

/** A line for each test that failed, and for each file that failed as a whole; paths as seen from a folder. */
export function failuresIn({ testResults }: TestReport, root: string): readonly string[] {
  return testResults.flatMap((file) => failuresOfFile(file, root));
}
