export type CamelCase<Key extends string> = Key extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Key;

export type Camelled<Value> = Value extends readonly (infer Item)[]
  ? readonly Item[]
  : Value extends object
    ? { readonly [Key in keyof Value as CamelCase<Key & string>]: Camelled<Value[Key]> }
    : Value;

export function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function frozen(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze([...value]);
  if (typeof value !== 'object' || value === null) return value;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, child]) => [camelCase(key), frozen(child)])),
  );
}

/** A tree with its keys in camel case, frozen. */
export function camelled<Value>(value: Value): Camelled<Value> {
  return frozen(value) as Camelled<Value>;
}
