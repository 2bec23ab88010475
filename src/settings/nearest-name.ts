/** Levenshtein's distance: how many characters must be inserted, deleted or replaced to make one of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Relative to the length, or every short name would be near to every long one that was cut short. */
function strangeness(a: string, b: string): number {
  return distance(a, b) / Math.max(a.length, b.length);
}

/** A name in the wrong section is as near as its last part, but for a bit: the same in its place wins. */
const ELSEWHERE = 0.1;

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/**
 * The known name that a wrong one most likely stands for; the first of several equally near. Names of sections and keys
 * are joined by dots.
 */
export function nearestName(wrong: string, known: readonly [string, ...string[]]): string {
  const far = (name: string) =>
    Math.min(strangeness(wrong, name), strangeness(lastPart(wrong), lastPart(name)) + ELSEWHERE);
  const [first, ...rest] = known;
  return rest.reduce((best, name) => (far(name) < far(best) ? name : best), first);
}
