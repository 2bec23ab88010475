export type ObserveErrorCode = 'bad-counter' | 'bad-increment' | 'bad-value';

/** A counter that is defined or used against the rules: a mistake in the program, not in what it was given. */
export class ObserveError extends Error {
  override readonly name = 'ObserveError';
  readonly code: ObserveErrorCode;

  constructor(code: ObserveErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
