/** One line for a trace. A refused connection to a name with several addresses is an AggregateError without a message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return error instanceof AggregateError ? error.errors.map(reasonOf).join('; ') : error.name;
}
