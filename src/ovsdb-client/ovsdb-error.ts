import type { DatabaseErrorCode } from './database-error-code.ts';
import type { Operation } from './operation.ts';

/**
 * What went wrong on this side of the connection.
 * - `closed`: the client was closed by its owner.
 * - `disconnected`: there is no connection, or it was lost. A transaction that was in flight may have been committed.
 * - `timeout`: no answer in time. A transaction that was in flight may have been committed.
 * - `protocol`: the peer does not speak RFC 7047, or a message is past the size limit.
 * - `remote`: the remote or its TLS options make no sense.
 * - `schema`: the database's schema does not have the declared tables and columns.
 * - `value`: a value does not fit the declared type of its column.
 */
export type ClientErrorCode = 'closed' | 'disconnected' | 'timeout' | 'protocol' | 'remote' | 'schema' | 'value';

export type OvsdbErrorCode = ClientErrorCode | DatabaseErrorCode;

export interface OvsdbErrorOptions {
  readonly cause?: unknown;
  /** Which operation of a transaction failed; an index past the last operation stands for the commit. */
  readonly index?: number;
  readonly operation?: Operation | undefined;
}

/** The one error of this library: tell cases apart by `code`. */
export class OvsdbError extends Error {
  override readonly name = 'OvsdbError';
  readonly code: OvsdbErrorCode;
  /** Position of the failed operation in its transaction; the number of operations when the commit failed. */
  readonly index: number | undefined;
  /** The failed operation; undefined when the commit failed or the error is not of a transaction. */
  readonly operation: Operation | undefined;

  constructor(code: OvsdbErrorCode, message: string, options: OvsdbErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.index = options.index;
    this.operation = options.operation;
  }
}

/** The given error if it is one of ours, else one of ours that has it as cause. */
export function asOvsdbError(error: unknown, code: ClientErrorCode): OvsdbError {
  if (error instanceof OvsdbError) return error;
  return new OvsdbError(code, error instanceof Error ? error.message : String(error), { cause: error });
}
