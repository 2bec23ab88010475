/** Why a command ended without having done its work. */
export type CliErrorCode =
  /** The words on the command line make no sense. */
  | 'usage'
  /** Where to go, or as whom, is missing or wrong: a flag, a variable or clouds.yaml. */
  | 'settings'
  /** The other side could not be reached, or did not answer in time. */
  | 'unreachable'
  /** An answer came, but none of this API. */
  | 'strange-answer'
  /** Keystone, or whoever checks tokens, does not let us in. */
  | 'refused'
  | 'not-found'
  /** A name that several things have. */
  | 'ambiguous'
  /** It was asked for, and did not come about. */
  | 'failed'
  /** `--wait` has waited long enough. */
  | 'timed-out'
  /** Ctrl-C. */
  | 'interrupted';

/** The message is one sentence for the user. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
