/**
 * The rooms of src/ and what each may import, rooms or single files: the table of docs/architecture.md as data. A pure room has no I/O, clock,
 * randomness or asynchrony. Programs (the files directly in src/) wire rooms together and may import all of them.
 */
export interface Room {
  readonly pure: boolean;
  readonly mayImport: readonly string[];
}

/** Flows as values and as text: pure, and known to all who deal with flows. */
const flows = ['openflow/flow.ts', 'openflow/flow-key.ts', 'openflow/flow-syntax.ts'];

/** OpenFlow's messages as bytes, and flows in them as text: pure, and the affair of openflow/ alone. */
const wire = [
  'openflow/action.ts',
  'openflow/action-text.ts',
  'openflow/action-wire.ts',
  'openflow/bundle.ts',
  'openflow/bytes.ts',
  'openflow/error-words.ts',
  'openflow/fields.ts',
  'openflow/flow-entry.ts',
  'openflow/flow-mod.ts',
  'openflow/flow-monitor.ts',
  'openflow/flow-stats.ts',
  'openflow/hello.ts',
  'openflow/instruction-wire.ts',
  'openflow/learn-text.ts',
  'openflow/learn-wire.ts',
  'openflow/match-terms.ts',
  'openflow/match-text.ts',
  'openflow/match-wire.ts',
  'openflow/message.ts',
  'openflow/nicira-wire.ts',
  'openflow/openflow-error.ts',
  'openflow/ports.ts',
  'openflow/replies.ts',
  'openflow/value-text.ts',
];

export const rooms: Readonly<Record<string, Room>> = {
  tap: { pure: true, mayImport: [] },
  contract: { pure: true, mayImport: [] },
  compile: { pure: true, mayImport: ['tap', ...flows] },
  plan: { pure: true, mayImport: ['tap', 'compile', ...flows] },
  'ovsdb-client': { pure: false, mayImport: ['pacing'] },
  openflow: { pure: false, mayImport: ['pacing'] },
  bus: { pure: false, mayImport: ['tap', 'contract'] },
  pacing: { pure: false, mayImport: [] },
  journal: { pure: false, mayImport: ['tap'] },
  reconcile: { pure: false, mayImport: ['tap', 'compile', 'plan', 'contract', 'pacing', ...flows] },
  switch: { pure: false, mayImport: ['tap', 'compile', 'plan', 'reconcile', 'contract', 'ovsdb-client', 'openflow'] },
  'control-plane': { pure: false, mayImport: ['contract', 'pacing'] },
  'rest-api': { pure: false, mayImport: ['contract', 'tap/vlan-filter.ts'] },
  cli: { pure: false, mayImport: ['contract'] },
  // Only what the others tell of themselves, to put it into words.
  observe: {
    pure: false,
    mayImport: [
      'tap',
      'plan',
      'bus/bus-trace.ts',
      'journal/journal-trace.ts',
      'ovsdb-client/trace-event.ts',
      'openflow/trace-event.ts',
      'reconcile/trace.ts',
      'control-plane/control-plane-trace.ts',
      'rest-api/trace.ts',
      'host/host-event.ts',
    ],
  },
  host: { pure: false, mayImport: [] },
  settings: { pure: false, mayImport: [] },
};

/** Pure files that live in a room of the shell. */
export const pureFiles: readonly string[] = [
  'bus/oslo-envelope.ts',
  'control-plane/decide-status.ts',
  'control-plane/messages.ts',
  'control-plane/rows.ts',
  ...flows,
  ...wire,
];
