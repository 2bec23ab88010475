/** What is nested deeper is shown as Python shows what contains itself: `[...]`. A body may be nested as deep as it is long. */
const MAX_DEPTH = 20;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\p{Cc}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return ESCAPES[character] ?? `\\x${code.toString(16).padStart(2, '0')}`;
  });
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

function shownArray(values: readonly unknown[], depth: number): string {
  return depth === MAX_DEPTH ? '[...]' : `[${values.map((value) => shown(value, depth + 1)).join(', ')}]`;
}

function shownObject(value: object, depth: number): string {
  if (depth === MAX_DEPTH) return '{...}';
  return `{${Object.entries(value)
    .map(([key, inner]) => `${quoted(key)}: ${shown(inner, depth + 1)}`)
    .join(', ')}}`;
}

function shown(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return shownArray(value, depth);
  return typeof value === 'object' ? shownObject(value, depth) : String(value);
}

/** Python's repr() of a JSON value: Neutron's messages show lists of names this way, such as `['name']`. */
export function pythonRepr(value: unknown): string {
  return shown(value, 0);
}

/** Python's str() of a JSON value: Neutron's messages show a refused value this way, such as `None` for null. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}
