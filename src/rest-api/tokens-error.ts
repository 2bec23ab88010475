/**
 * `malformed`: a line of the file is not as it should be. `exposed`: others than its owner could read or change the file.
 * `io`: it cannot be read or written. `bad_value`: a name, project or role that a file cannot hold. `taken`: there is a
 * token of that name. `unknown`: there is none.
 */
export type TokensErrorCode = 'malformed' | 'exposed' | 'io' | 'bad_value' | 'taken' | 'unknown';

/** What is wrong with a file of tokens, or with a change that was asked of one, in one sentence. */
export class TokensError extends Error {
  override readonly name = 'TokensError';
  readonly code: TokensErrorCode;

  constructor(code: TokensErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
