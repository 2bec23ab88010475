/** What the journal tells of itself. */
export type JournalTrace =
  /** The taps are those of the file in which agents kept them before there was a journal. */
  | { readonly kind: 'taken-over'; readonly path: string }
  /** The last record is not whole and was left out; the next save cuts its `bytes` off. */
  | { readonly kind: 'torn-tail'; readonly path: string; readonly bytes: number }
  /** The newest snapshot is damaged; the same state followed from the earlier one and all changes since. */
  | { readonly kind: 'earlier-used'; readonly path: string; readonly earlier: string }
  /** The journal was begun anew with a snapshot of so many bytes, in place of so many. */
  | { readonly kind: 'folded'; readonly bytes: number; readonly before: number }
  /** It could not be; what was saved is safe, and the journal goes on growing. */
  | { readonly kind: 'fold-failed'; readonly error: unknown }
  /** A file that is no longer needed could not be removed. */
  | { readonly kind: 'not-removed'; readonly path: string; readonly error: unknown };

export type TraceJournal = (event: JournalTrace) => void;
