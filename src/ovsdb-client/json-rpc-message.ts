import type { Json, JsonObject } from './json.ts';
import { isJsonArray } from './json.ts';
import { OvsdbError } from './ovsdb-error.ts';

/** A message of JSON-RPC 1.0 (RFC 7047 section 4), by its role. */
export type JsonRpcMessage =
  | { readonly kind: 'request'; readonly id: Json; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'notification'; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'result'; readonly id: Json; readonly result: Json }
  | { readonly kind: 'error'; readonly id: Json; readonly error: Json };

/** @throws OvsdbError `protocol` */
export function decodeJsonRpcMessage(json: JsonObject): JsonRpcMessage {
  const { id = null, method, params, result = null, error = null } = json;
  if (typeof method === 'string') {
    const list = isJsonArray(params) ? params : [];
    return id === null ? { kind: 'notification', method, params: list } : { kind: 'request', id, method, params: list };
  }
  if (method !== undefined || id === null) throw new OvsdbError('protocol', 'received neither a request nor a reply');
  return error === null ? { kind: 'result', id, result } : { kind: 'error', id, error };
}
