import type { Json, JsonObject } from './json.ts';
import type { Uuid } from './row.ts';

/* The operations of a transaction as they go on the wire (RFC 7047 section 5.2). Type aliases, for those are JSON to the
   compiler while interfaces are not. */
export type InsertOperation = {
  readonly op: 'insert';
  readonly table: string;
  readonly row: JsonObject;
  readonly 'uuid-name'?: string;
};
export type SelectOperation = {
  readonly op: 'select';
  readonly table: string;
  readonly where: readonly Json[];
  readonly columns: readonly string[];
};
export type UpdateOperation = {
  readonly op: 'update';
  readonly table: string;
  readonly where: readonly Json[];
  readonly row: JsonObject;
};
export type MutateOperation = {
  readonly op: 'mutate';
  readonly table: string;
  readonly where: readonly Json[];
  readonly mutations: readonly Json[];
};
export type DeleteOperation = {
  readonly op: 'delete';
  readonly table: string;
  readonly where: readonly Json[];
};
export type WaitOperation = {
  readonly op: 'wait';
  readonly table: string;
  readonly where: readonly Json[];
  readonly columns: readonly string[];
  readonly until: '==' | '!=';
  readonly rows: readonly JsonObject[];
  readonly timeout?: number;
};
export type CommitOperation = {
  readonly op: 'commit';
  readonly durable: boolean;
};
export type AbortOperation = {
  readonly op: 'abort';
};
export type CommentOperation = {
  readonly op: 'comment';
  readonly comment: string;
};
export type AssertOperation = {
  readonly op: 'assert';
  readonly lock: string;
};

export type Operation =
  | InsertOperation
  | SelectOperation
  | UpdateOperation
  | MutateOperation
  | DeleteOperation
  | WaitOperation
  | CommitOperation
  | AbortOperation
  | CommentOperation
  | AssertOperation;

export interface InsertResult {
  readonly uuid: Uuid;
}
/** Rows as the wire has them: decode them with the declaration that the `select` was made with. */
export interface SelectResult {
  readonly rows: readonly JsonObject[];
}
export interface CountResult {
  readonly count: number;
}
export type EmptyResult = Readonly<Record<never, never>>;

export type OperationResult = InsertResult | SelectResult | CountResult | EmptyResult;

/** What an operation of a committed transaction answers. */
export type ResultOf<O extends Operation> = O extends InsertOperation
  ? InsertResult
  : O extends SelectOperation
    ? SelectResult
    : O extends UpdateOperation | MutateOperation | DeleteOperation
      ? CountResult
      : EmptyResult;

/** The results of a transaction, in the order of its operations. */
export type ResultsOf<O extends readonly Operation[]> = { readonly [I in keyof O]: ResultOf<O[I]> };
