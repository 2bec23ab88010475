export type SupportErrorCode =
  | 'timed-out'
  | 'command-failed'
  | 'process-ended'
  | 'capture-lost-frames'
  | 'malformed-pcap'
  | 'malformed-frame'
  | 'not-plugged'
  | 'not-joined';

/** What goes wrong in the support for tests itself, as opposed to in what they test. */
export class SupportError extends Error {
  readonly code: SupportErrorCode;

  constructor(code: SupportErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'SupportError';
    this.code = code;
  }
}
