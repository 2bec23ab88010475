/** Does both, whatever becomes of the first, and throws what failed first. */
export async function always(work: () => Promise<unknown>, cleanUp: () => Promise<unknown>): Promise<void> {
  const outcomes = [...(await Promise.allSettled([work()])), ...(await Promise.allSettled([cleanUp()]))];
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
