/**
 * `not-ours`: the file is some other database; `newer`: a later taas-server wrote it; `unusable`: SQLite cannot open
 * it.
 */
export type ControlPlaneErrorCode = 'not-ours' | 'newer' | 'unusable';

export class ControlPlaneError extends Error {
  override readonly name = 'ControlPlaneError';
  readonly code: ControlPlaneErrorCode;

  constructor(code: ControlPlaneErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
