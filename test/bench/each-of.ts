/**
 * Does something with each, so many at once, and answers in their order. When one fails the others that have begun come to
 * their end, no more are begun, and it throws what the first threw: nothing goes on behind the caller's back.
 */
export async function eachOf<In, Out>(
  items: readonly In[],
  atOnce: number,
  work: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const failures: unknown[] = [];
  const waiting = items.entries();
  const goOn = async () => {
    for (const [index, item] of waiting) {
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, goOn));
  if (failures.length > 0) throw failures[0];
  return results;
}
