/** `unreachable`: the bridge's socket does not answer; `refused`: the switch or the tool said no, the message has its words. */
export type OpenflowErrorCode = 'unreachable' | 'refused';

/** Why flows could not be read or changed. */
export class OpenflowError extends Error {
  readonly code: OpenflowErrorCode;

  constructor(code: OpenflowErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OpenflowError';
    this.code = code;
  }
}
