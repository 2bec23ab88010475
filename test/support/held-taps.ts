import { readJournal } from '../../src/journal/read-journal.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';

/** The taps that an agent has saved in its state folder; it may be running, and saving more. */
export async function heldTaps(stateDir: string): Promise<DesiredState> {
  // The end of a record that is just being written looks torn.
  return (await readJournal(stateDir, () => undefined)).state;
}
