/**
 * A small language for the types of columns (RFC 7047 section 3.2, `<type>`). A declaration is plain data, from which
 * the types of rows follow in TypeScript and against which values are decoded at run time:
 *
 *     const tables = { Bridge: { name: string, ports: set(uuid), fail_mode: optional(string) } } satisfies Tables;
 */
export interface StringType {
  readonly kind: 'string';
}
export interface IntegerType {
  readonly kind: 'integer';
}
export interface RealType {
  readonly kind: 'real';
}
export interface BooleanType {
  readonly kind: 'boolean';
}
export interface UuidType {
  readonly kind: 'uuid';
}
export interface EnumerationType<V extends string = string> {
  readonly kind: 'enumeration';
  readonly values: readonly V[];
}
export type AtomType = StringType | IntegerType | RealType | BooleanType | UuidType | EnumerationType;

/** Exactly one atom or none: `min` 0, `max` 1. */
export interface OptionalType<A extends AtomType = AtomType> {
  readonly kind: 'optional';
  readonly of: A;
}
/** Atoms without order, `max` above 1. */
export interface SetType<A extends AtomType = AtomType> {
  readonly kind: 'set';
  readonly of: A;
}
/** Pairs with unique keys, `max` above 1. */
export interface MapType<K extends AtomType = AtomType, V extends AtomType = AtomType> {
  readonly kind: 'map';
  readonly key: K;
  readonly value: V;
}
export type ColumnType = AtomType | OptionalType | SetType | MapType;

export const string: StringType = { kind: 'string' };
/** Exact up to 2^53, as any number of JavaScript; larger values are received rounded and refused when sent. */
export const integer: IntegerType = { kind: 'integer' };
export const real: RealType = { kind: 'real' };
export const boolean: BooleanType = { kind: 'boolean' };
export const uuid: UuidType = { kind: 'uuid' };

/** A string of which the schema lists the values; the declaration must name each that the schema allows. */
export function enumeration<const V extends string>(...values: readonly V[]): EnumerationType<V> {
  return { kind: 'enumeration', values };
}

export function optional<A extends AtomType>(of: A): OptionalType<A> {
  return { kind: 'optional', of };
}

export function set<A extends AtomType>(of: A): SetType<A> {
  return { kind: 'set', of };
}

export function map<K extends AtomType, V extends AtomType>(key: K, value: V): MapType<K, V> {
  return { kind: 'map', key, value };
}
