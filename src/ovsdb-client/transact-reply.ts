import { assertNever } from './assert-never.ts';
import { decodeDatabaseError } from './database-error-code.ts';
import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Operation, OperationResult } from './operation.ts';
import { OvsdbError } from './ovsdb-error.ts';

function failure(json: Json, operation: Operation | undefined, index: number): OvsdbError {
  const { code, message } = decodeDatabaseError(json);
  const what = operation === undefined ? 'the commit' : `operation ${index} (${operation.op})`;
  return new OvsdbError(code, `${what} failed: ${message}`, { index, operation });
}

function malformed(operation: Operation, index: number): OvsdbError {
  return new OvsdbError('protocol', `malformed result of operation ${index}`, { index, operation });
}

function decodeResult(operation: Operation, json: JsonObject, index: number): OperationResult {
  switch (operation.op) {
    case 'insert': {
      const uuid = json['uuid'];
      if (!isJsonArray(uuid) || typeof uuid[1] !== 'string') throw malformed(operation, index);
      return { uuid: uuid[1] };
    }
    case 'select': {
      const rows = json['rows'];
      if (!isJsonArray(rows) || !rows.every(isJsonObject)) throw malformed(operation, index);
      return { rows };
    }
    case 'update':
    case 'mutate':
    case 'delete': {
      const count = json['count'];
      if (typeof count !== 'number') throw malformed(operation, index);
      return { count };
    }
    case 'wait':
    case 'commit':
    case 'abort':
    case 'comment':
    case 'assert':
      return {};
    default:
      return assertNever(operation);
  }
}

/**
 * Reads the reply to `transact` (RFC 7047 section 4.1.3): a result per operation; at the first failed operation an error
 * with nulls behind it; an error in excess when all operations succeeded but the commit did not.
 * @throws OvsdbError with the database's code, the operation and its index; `protocol` for another shape
 */
export function decodeTransactReply(operations: readonly Operation[], reply: Json): readonly OperationResult[] {
  if (!isJsonArray(reply)) throw new OvsdbError('protocol', 'the reply to transact is not an array');
  const failed = reply.findIndex((result) => isJsonObject(result) && 'error' in result);
  if (failed >= 0) throw failure(reply[failed] ?? null, operations[failed], failed);
  return operations.map((operation, index) => {
    const result = reply[index];
    if (!isJsonObject(result)) throw malformed(operation, index);
    return decodeResult(operation, result, index);
  });
}
