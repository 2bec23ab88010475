import type {
  AtomType,
  BooleanType,
  ColumnType,
  EnumerationType,
  IntegerType,
  MapType,
  OptionalType,
  RealType,
  SetType,
  UuidType,
} from './column-type.ts';

/** A row's UUID in its canonical form: lower case, with hyphens. */
export type Uuid = string;

/** Stands in a transaction for the UUID of the row that its `insert` with this `uuid-name` makes (RFC 7047 section 5.1). */
export interface NamedUuid {
  readonly named: string;
}

export type Atom = string | number | boolean;
/** A decoded value of any column; undefined is an optional column's absence. */
export type Value = Atom | undefined | ReadonlySet<Atom> | ReadonlyMap<Atom, Atom>;
/** A decoded row of whatever table. */
export type AnyRow = Readonly<Record<string, Value>>;

export type Columns = Readonly<Record<string, ColumnType>>;
/** The declaration of the tables that a program works with, and of their columns. */
export type Tables = Readonly<Record<string, Columns>>;
export type TableName<T extends Tables> = keyof T & string;
export type ColumnName<C extends Columns> = keyof C & string;

export type AtomOf<A extends AtomType> =
  A extends EnumerationType<infer V>
    ? V
    : A extends IntegerType | RealType
      ? number
      : A extends BooleanType
        ? boolean
        : string;

/** The type of a column's value in a row that was read. */
export type ValueOf<T extends ColumnType> =
  T extends OptionalType<infer A>
    ? AtomOf<A> | undefined
    : T extends SetType<infer A>
      ? ReadonlySet<AtomOf<A>>
      : T extends MapType<infer K, infer V>
        ? ReadonlyMap<AtomOf<K>, AtomOf<V>>
        : T extends AtomType
          ? AtomOf<T>
          : never;

/** A row as it is read; its UUID is the key under which it is found. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: ValueOf<C[K]> };

type WrittenAtomOf<A extends AtomType> = A extends UuidType ? Uuid | NamedUuid : AtomOf<A>;

/** The type of a column's value in an operation: UUIDs may be named ones, and an array may stand for a set. */
export type WrittenOf<T extends ColumnType> =
  T extends OptionalType<infer A>
    ? WrittenAtomOf<A> | undefined
    : T extends SetType<infer A>
      ? ReadonlySet<WrittenAtomOf<A>> | readonly WrittenAtomOf<A>[]
      : T extends MapType<infer K, infer V>
        ? ReadonlyMap<WrittenAtomOf<K>, WrittenAtomOf<V>>
        : T extends AtomType
          ? WrittenAtomOf<T>
          : never;

export type WrittenRow<C extends Columns> = { readonly [K in keyof C]?: WrittenOf<C[K]> };
