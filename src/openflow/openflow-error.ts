/**
 * - `unreachable`: the bridge's socket does not answer, or was lost before it did; what was asked for may have been done.
 * - `refused`: the switch said no.
 * - `protocol`: the other side does not speak OpenFlow 1.4, or sent what makes no sense in it.
 * - `syntax`: a match or an action of ours is not one that we know.
 */
export type OpenflowErrorCode = 'unreachable' | 'refused' | 'protocol' | 'syntax';

export interface OpenflowErrorOptions extends ErrorOptions {
  /** The change of a flow that was refused, in ovs-ofctl's words. */
  readonly flow?: string;
  /** Name of the switch's error as in the OpenFlow specification, `OFPFMFC_TABLE_FULL` say. */
  readonly reason?: string;
}

/** Why flows could not be read or changed. */
export class OpenflowError extends Error {
  readonly code: OpenflowErrorCode;
  readonly flow: string | undefined;
  readonly reason: string | undefined;

  constructor(code: OpenflowErrorCode, message: string, options: OpenflowErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'OpenflowError';
    this.code = code;
    this.flow = options.flow;
    this.reason = options.reason;
  }
}

/** The given error if it is one of ours, else one of ours that has it as cause. */
export function asOpenflowError(error: unknown, code: OpenflowErrorCode): OpenflowError {
  if (error instanceof OpenflowError) return error;
  return new OpenflowError(code, error instanceof Error ? error.message : String(error), { cause: error });
}
