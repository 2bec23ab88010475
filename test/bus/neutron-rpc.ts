import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One message as it was seen on the wire of a real Neutron. */
export interface RpcFixture {
  readonly delivery: { readonly exchange: string; readonly routing_key: string };
  readonly properties: Readonly<Record<string, unknown>>;
  readonly body: { readonly 'oslo.version': string; readonly 'oslo.message': string };
}

export const fixtures: readonly RpcFixture[] = readFileSync(
  join(import.meta.dirname, '../fixtures/neutron-rpc.jsonl'),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as RpcFixture);

// biome-ignore lint/suspicious/noExplicitAny: a test changes any key of a message
export type Loose = any;

/** The inner message of the n-th fixture of a method, free to be changed. */
export function rpcMessage(method: string, nth = 0): Loose {
  const found = fixtures.map((line) => JSON.parse(line.body['oslo.message'])).filter((m) => m.method === method)[nth];
  if (found === undefined) throw new Error(`no fixture number ${nth} of ${method}`);
  return found;
}

export function enveloped(message: unknown): string {
  return JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) });
}
