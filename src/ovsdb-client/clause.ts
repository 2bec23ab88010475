import type { ColumnType, IntegerType, MapType, RealType, SetType } from './column-type.ts';
import type { ColumnName, Columns, NamedUuid, Uuid, WrittenOf } from './row.ts';

type Function = '==' | '!=' | 'includes' | 'excludes';
type Order = '<' | '<=' | '>=' | '>';
type Arithmetic = '+=' | '-=' | '*=' | '/=' | '%=';

type ConditionOn<K, T extends ColumnType> = T extends IntegerType | RealType
  ? readonly [K, Function | Order, WrittenOf<T>]
  : readonly [K, Function, WrittenOf<T>];

/** A `<condition>` of RFC 7047 section 5.1: column, function, value. All conditions of a `where` must hold. */
export type Condition<C extends Columns> =
  | { readonly [K in ColumnName<C>]: ConditionOn<K, C[K]> }[ColumnName<C>]
  | readonly ['_uuid', '==' | '!=', Uuid | NamedUuid];

type MutationOf<K, T extends ColumnType> =
  T extends SetType<infer A>
    ? readonly [K, 'insert' | 'delete', WrittenOf<SetType<A>>]
    : T extends MapType<infer Key, infer V>
      ?
          | readonly [K, 'insert', WrittenOf<MapType<Key, V>>]
          | readonly [K, 'delete', WrittenOf<MapType<Key, V>> | WrittenOf<SetType<Key>>]
      : T extends IntegerType | RealType
        ? readonly [K, Arithmetic, number]
        : never;

/**
 * A `<mutation>` of RFC 7047 section 5.1: column, mutator, value. `insert` of a map leaves the pairs whose keys are there;
 * `delete` of a map takes pairs (deleted where both match) or keys.
 */
export type Mutation<C extends Columns> = { readonly [K in ColumnName<C>]: MutationOf<K, C[K]> }[ColumnName<C>];
