/** A table of GitHub's Markdown; the first column is text, the others are figures, to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, at) => (at === 0 ? (cells[at] ?? '').padEnd(width) : (cells[at] ?? '').padStart(width))).join(' | ')} |`;
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** A whole number, its thousands apart. */
export function count(value: number): string {
  return grouped(value.toFixed(0));
}

/** With three digits that count, but none behind the point from 100 on. */
export function figure(value: number): string {
  const digits = [2, 1].find((some) => Number(value.toFixed(some)) < 10 ** (3 - some));
  return digits === undefined ? count(value) : value.toFixed(digits);
}

/** Milliseconds, as seconds from ten seconds on. */
export function ms(value: number): string {
  return value >= 10_000 ? `${figure(value / 1000)} s` : `${figure(value)} ms`;
}

/** How many times as long. */
export function ratio(value: number, floor: number): string {
  return `${figure(value / floor)}×`;
}
