/** `unreachable`: the switch cannot be talked to, which says nothing about the taps; `refused`: it will not do a step. */
export type SwitchErrorCode = 'unreachable' | 'refused';

/** Why a step could not be confirmed. */
export class SwitchError extends Error {
  readonly code: SwitchErrorCode;

  constructor(code: SwitchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SwitchError';
    this.code = code;
  }
}
