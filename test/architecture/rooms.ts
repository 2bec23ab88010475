/**
 * The rooms of src/ and what each may import: the table of docs/architecture.md as data. A pure room has no I/O, clock,
 * randomness or asynchrony. Programs (the files directly in src/) wire rooms together and may import all of them.
 */
export interface Room {
  readonly pure: boolean;
  readonly mayImport: readonly string[];
}

export const rooms: Readonly<Record<string, Room>> = {
  tap: { pure: true, mayImport: [] },
  compile: { pure: true, mayImport: ['tap'] },
  plan: { pure: true, mayImport: ['tap', 'compile'] },
  'ovsdb-client': { pure: false, mayImport: [] },
  openflow: { pure: false, mayImport: ['compile'] },
  bus: { pure: false, mayImport: ['tap'] },
  journal: { pure: false, mayImport: ['tap'] },
  reconcile: { pure: false, mayImport: ['tap', 'compile', 'plan'] },
  switch: { pure: false, mayImport: ['compile', 'plan', 'reconcile', 'ovsdb-client', 'openflow'] },
  observe: { pure: false, mayImport: [] },
  host: { pure: false, mayImport: [] },
  settings: { pure: false, mayImport: [] },
};

/** Pure files that live in a room of the shell. */
export const pureFiles: readonly string[] = [];
