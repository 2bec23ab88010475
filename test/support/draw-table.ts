/** A table as openstackclient draws it (python3-prettytable); the first row holds the headings. */
export function drawTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const [head, ...body] = rows.map(
    (row) => `|${row.map((cell, at) => ` ${cell.padEnd(widths[at] ?? 0)} `).join('|')}|`,
  );
  return [rule, head, rule, ...body, rule].join('\n');
}

/** The table of one thing. */
export function drawFields(fields: Readonly<Record<string, string>>): string {
  return drawTable([['Field', 'Value'], ...Object.entries(fields)]);
}
