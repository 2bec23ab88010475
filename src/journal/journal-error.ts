/**
 * `not-ours`: the file is something else; `damaged`: it is ours but cannot be read whole; `version`: a newer agent wrote
 * it; `io`: the disk said no; `in-use`: another agent has the folder.
 */
export type JournalErrorCode = 'not-ours' | 'damaged' | 'version' | 'io' | 'in-use';

/** Why the taps could not be read or saved. The message tells the operator what to do. */
export class JournalError extends Error {
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JournalError';
    this.code = code;
  }
}
