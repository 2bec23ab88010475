export type HostErrorCode = 'notify-failed' | 'package-unreadable';

/** What goes wrong between the daemon and its host. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
