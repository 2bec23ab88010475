import { badRequest } from '../contract/api-error.ts';
import type { Values } from './check-attributes.ts';

const invalid = (): Error => badRequest('Body contains invalid data');
const missing = (resource: string): Error => badRequest(`Unable to find '${resource}' in request body`);

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Where and why is no concern of a client that did not send JSON.
    throw invalid();
  }
}

function parseObject(bytes: Uint8Array | undefined, resource: string): Values {
  if (bytes === undefined || bytes.length === 0) throw missing(resource);
  const body = parseJson(bytes);
  if (!isObject(body)) throw invalid();
  return body;
}

function theOne(body: Values, resource: string): Values {
  const value = Object.hasOwn(body, resource) ? body[resource] : null;
  if (value === null) throw missing(resource);
  if (!isObject(value)) throw badRequest(`Object '${resource}' contains invalid data`);
  return value;
}

/** An item is wrapped in the resource's name, or bare. */
function fromItem(item: unknown, resource: string): Values {
  if (item === null || typeof item === 'number' || typeof item === 'boolean') throw invalid();
  return isObject(item) && Object.hasOwn(item, resource)
    ? theOne(item, resource)
    : theOne({ [resource]: item }, resource);
}

function isFalsy(value: unknown): boolean {
  if (isObject(value)) return Object.keys(value).length === 0;
  return Array.isArray(value) ? value.length === 0 : !value;
}

function fromItems(items: unknown, resource: string): readonly Values[] {
  if (isFalsy(items)) throw badRequest('Resources required');
  if (Array.isArray(items)) return items.map((item: unknown) => fromItem(item, resource));
  // Python would go through the characters of a string and the keys of an object, and find each one invalid.
  throw typeof items === 'string' || isObject(items)
    ? badRequest(`Object '${resource}' contains invalid data`)
    : invalid();
}

/** What a POST holds: one resource, or several to be created all or none. */
export interface Posted {
  readonly bulk: boolean;
  readonly items: readonly Values[];
}

/**
 * Takes the resources out of a POST's body, not looking into them. Which fault is named follows
 * neutron/pecan_wsgi/hooks/body_validation.py and Controller.prepare_request_body (neutron/api/v2/base.py).
 * @throws ApiError 400
 */
export function readPost(bytes: Uint8Array | undefined, resource: string, collection: string): Posted {
  const body = parseObject(bytes, resource);
  return Object.hasOwn(body, collection)
    ? { bulk: true, items: fromItems(body[collection], resource) }
    : { bulk: false, items: [theOne(body, resource)] };
}

/**
 * Takes the one resource out of a PUT's body.
 * @throws ApiError 400
 */
export function readPut(bytes: Uint8Array | undefined, resource: string, collection: string): Values {
  const body = parseObject(bytes, resource);
  if (Object.hasOwn(body, collection)) throw badRequest('Bulk operation not supported');
  return theOne(body, resource);
}
