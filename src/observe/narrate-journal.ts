import type { JournalTrace } from '../journal/journal-trace.ts';
import { assertNever } from '../tap/assert-never.ts';
import type { Log } from './log.ts';

/** Tells the log what the journal met on disk. */
export function narrateJournal(log: Log): (event: JournalTrace) => void {
  return (event) => {
    switch (event.kind) {
      case 'taken-over':
        return log.info({ file: event.path }, 'taps taken over from the file of an earlier version');
      case 'torn-tail':
        return log.warn(
          { file: event.path, bytes: event.bytes },
          'the last record of the journal is not whole, as after a crash: it is left out, all before it is there',
        );
      case 'earlier-used':
        return log.error(
          { file: event.path, earlier: event.earlier },
          'the snapshot in the journal is damaged: the taps were had from the earlier one and all changes since',
        );
      case 'folded':
        return log.debug({ bytes: event.bytes, before: event.before }, 'journal begun anew with a snapshot');
      case 'fold-failed':
        return log.warn({ err: event.error }, 'no new snapshot could be written; the journal goes on growing');
      case 'not-removed':
        return log.warn({ file: event.path, err: event.error }, 'a file that is no longer needed could not be removed');
      default:
        return assertNever(event);
    }
  };
}
