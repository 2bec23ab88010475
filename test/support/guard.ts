/** Run by own.ts beside a test process: clears up, newest first, what that process owned when it ended. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { assertNever } from '../../src/tap/assert-never.ts';
import { type Owned, processStart } from './own.ts';

function remove(owned: Owned): void {
  switch (owned.kind) {
    case 'process-group':
      if (processStart(owned.pid) === owned.start) process.kill(-owned.pid, 'SIGKILL');
      return;
    case 'namespace':
      spawnSync('ip', ['netns', 'delete', owned.name], { stdio: ['ignore', 'ignore', 'inherit'] });
      return;
    case 'folder':
      rmSync(owned.path, { recursive: true, force: true });
      return;
    default:
      assertNever(owned);
  }
}

const held = new Map<number, Owned>();
for await (const line of createInterface({ input: process.stdin })) {
  const { number, owned } = JSON.parse(line) as { number: number; owned?: Owned };
  if (owned) held.set(number, owned);
  else held.delete(number);
}
for (const owned of [...held.values()].reverse()) {
  try {
    remove(owned);
  } catch (error) {
    console.error(`cannot clear up ${JSON.stringify(owned)}: ${String(error)}`);
  }
}
