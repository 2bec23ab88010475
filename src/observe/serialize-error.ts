/** An error as the log has it: its chain of causes included, its other properties left out as they may be huge. */
export interface SerializedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly stack?: string;
  readonly cause?: SerializedError;
  /** The errors of an AggregateError. */
  readonly errors?: readonly SerializedError[];
}

/** Enough for any real chain, and an end to one that runs in a circle. */
const MAX_DEPTH = 8;
const MAX_ERRORS = 8;

function codeOf(error: Error): { code?: string | number } {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' || typeof code === 'number' ? { code } : {};
}

/** Takes whatever was thrown: what is no Error becomes a message of its type. */
export function serializeError(thrown: unknown, depth = 1): SerializedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: String(thrown) };
  const deeper = (value: unknown) => serializeError(value, depth + 1);
  const goOn = depth < MAX_DEPTH;
  return {
    type: thrown.name,
    message: thrown.message,
    ...codeOf(thrown),
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    ...(goOn && thrown.cause !== undefined ? { cause: deeper(thrown.cause) } : {}),
    ...(goOn && thrown instanceof AggregateError ? { errors: thrown.errors.slice(0, MAX_ERRORS).map(deeper) } : {}),
  };
}
