import { join } from 'node:path';

/** The files in a state folder. */
export interface Paths {
  readonly folder: string;
  /** The journal. */
  readonly journal: string;
  /** The journal that is being begun anew; of no account until it has the name of the journal. */
  readonly next: string;
  /** The journal before it was begun anew: an earlier snapshot, and all that was saved up to the newest one. */
  readonly earlier: string;
  /** Where agents kept their taps before there was a journal. */
  readonly former: string;
}

export function pathsIn(folder: string): Paths {
  const journal = join(folder, 'taps.journal');
  return {
    folder,
    journal,
    next: `${journal}.next`,
    earlier: `${journal}.earlier`,
    former: join(folder, 'taps.json'),
  };
}
