import type { z } from 'zod';
import type { settingsSchema } from './settings-schema.ts';

export type CamelCase<Key extends string> = Key extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Key;

type Camelled<Value> = Value extends readonly (infer Item)[]
  ? readonly Item[]
  : Value extends object
    ? { readonly [Key in keyof Value as CamelCase<Key & string>]: Camelled<Value[Key]> }
    : Value;

/**
 * The agent's settings, checked and frozen: the schema's tree with its keys in camel case. Times are in seconds, paths
 * absolute; null stands for "none".
 */
export type AgentSettings = Camelled<z.output<typeof settingsSchema>>;
