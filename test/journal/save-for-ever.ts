/** Run by kill.test.ts: saves one change after another into the folder it is given, and says which are saved. */
import { writeSync } from 'node:fs';
import { Journal } from '../../src/journal/journal.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import { createFlow, HOST, tapFlow } from '../tap/builders.ts';

const [, , folder = ''] = process.argv;
const journal = await Journal.open(folder, () => undefined);
for (let number = journal.state.lastNumber + 1; ; number += 1) {
  // Some records are long, so that the journal is begun anew now and then.
  const changes = Array.from({ length: number % 10 === 0 ? 150 : 1 }, (_, n) =>
    createFlow(tapFlow(n + 1, { sourceMac: `${number}` })),
  );
  const { state } = takeEvents(journal.state, changes, HOST);
  await journal.save({ ...state, lastNumber: number });
  // Not through a stream, which would hold it back while nobody reads: what is said must be out when the next save begins.
  writeSync(1, `${number}\n`);
}
