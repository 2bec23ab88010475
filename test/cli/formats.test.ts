import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chooseColumns, sortColumns } from '../../src/cli/choose-columns.ts';
import type { Row } from '../../src/cli/decode-answer.ts';
import { tapFlows, tapServices } from '../../src/cli/kinds.ts';
import { type LIST_FORMATS, type ONE_FORMATS, renderList, renderOne } from '../../src/cli/render.ts';
import { sortRows } from '../../src/cli/sort-rows.ts';

const columns = chooseColumns(tapServices.columns, ['ID', 'Name', 'Port', 'Status']);
const rows: readonly Row[] = [
  { id: '1', name: 'ids', port_id: null, status: 'ACTIVE' },
  { id: '2', name: 'say "hi", 日本', port_id: 'p', status: 'DOWN' },
  { id: '3', name: '', port_id: 'a\nb', status: 'ERROR' },
];

const list = (format: (typeof LIST_FORMATS)[number], of = rows) =>
  renderList({ format, columns, colourful: false }, of);
const one = (format: (typeof ONE_FORMATS)[number], row: Row) => renderOne({ format, columns, colourful: false }, row);

/** Any text, names that look like something else in YAML, CSV or a shell among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('yes', 'null', '0x10', '- a', 'a: b', '"', "'", "''", '$(exit 7)', '`exit 7`', '\\', '\n', '#x', ''),
);
const anyRow = fc.record({ id: anyText, name: anyText, port_id: fc.option(anyText), status: anyText });
const inColumns = ({ id, name, port_id, status }: Row) => ({ ID: id, Name: name, Port: port_id, Status: status });

/** RFC 4180. */
function readCsv(text: string): string[][] {
  const fields = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)];
  const records: string[][] = [[]];
  for (const [, quoted, bare, end] of fields) {
    records.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (end === '\n') records.push([]);
  }
  return records.slice(0, -1);
}

describe('a list', () => {
  test('as a table has the look of openstackclient', async () => {
    expect(await list('table')).toBe(
      [
        '+----+----------------+------+--------+',
        '| ID | Name           | Port | Status |',
        '+----+----------------+------+--------+',
        '| 1  | ids            | None | ACTIVE |',
        '| 2  | say "hi", 日本 | p    | DOWN   |',
        '| 3  |                | a    | ERROR  |',
        '|    |                | b    |        |',
        '+----+----------------+------+--------+',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['table', '\n'],
    ['json', '[]\n'],
    ['yaml', '[]\n'],
    ['csv', '"ID","Name","Port","Status"\n'],
    ['value', ''],
  ] as const)('of nothing as %s', async (format, text) => {
    expect(await list(format, [])).toBe(text);
  });

  test('as CSV quotes all but numbers, as value prints what Python does', async () => {
    expect(await list('csv')).toBe(
      '"ID","Name","Port","Status"\n"1","ids","","ACTIVE"\n"2","say ""hi"", 日本","p","DOWN"\n"3","","a\nb","ERROR"\n',
    );
    expect(await list('value', rows.slice(0, 1))).toBe('1 ids None ACTIVE\n');
  });

  test('is told again by what reads JSON, YAML and CSV, whatever the names are', async () => {
    const property = fc.asyncProperty(fc.array(anyRow), async (all) => {
      expect(JSON.parse(await list('json', all))).toEqual(all.map(inColumns));
      expect(parse(await list('yaml', all))).toEqual(all.map(inColumns));
      const cells = all.map(({ id, name, port_id, status }) => [id, name, port_id ?? '', status]);
      expect(readCsv(await list('csv', all))).toEqual([['ID', 'Name', 'Port', 'Status'], ...cells]);
    });
    await fc.assert(property);
  });
});

describe('one thing', () => {
  test('is a table of fields, an object, a line for each value, or assignments', async () => {
    const [row = {}] = rows;
    expect(await one('table', row)).toBe(
      [
        '+--------+--------+',
        '| Field  | Value  |',
        '+--------+--------+',
        '| ID     | 1      |',
        '| Name   | ids    |',
        '| Port   | None   |',
        '| Status | ACTIVE |',
        '+--------+--------+',
        '',
      ].join('\n'),
    );
    expect(JSON.parse(await one('json', row))).toEqual({ ID: '1', Name: 'ids', Port: null, Status: 'ACTIVE' });
    expect(parse(await one('yaml', row))).toEqual({ ID: '1', Name: 'ids', Port: null, Status: 'ACTIVE' });
    expect(await one('value', row)).toBe('1\nids\nNone\nACTIVE\n');
    expect(await one('csv', row)).toBe('"ID","Name","Port","Status"\n"1","ids","","ACTIVE"\n');
    expect(await one('shell', row)).toBe("ID='1'\nName='ids'\nPort=''\nStatus='ACTIVE'\n");
  });

  test('as YAML keeps a long text on its line', async () => {
    const name = 'a word '.repeat(40).trim();
    expect(await one('yaml', { id: '1', name })).toContain(`Name: ${name}\n`);
  });

  test('as assignments sets what it says and runs nothing, in a real shell', async () => {
    const property = fc.asyncProperty(anyText, async (text) => {
      const name = text.replaceAll('\0', '');
      const script = await one('shell', { id: '1', name, port_id: null, status: 'DOWN' });
      const { stdout } = await execa('sh', ['-c', 'eval "$1"; printf "%s|%s." "$Name" "$Status"', 'sh', script]);
      expect(stdout).toBe(`${name}|DOWN.`);
    });
    await fc.assert(property, { numRuns: 50 });
  });
});

describe('a table on a terminal', () => {
  test('has the statuses in colours, its lines as long as without', async () => {
    const text = await renderList({ format: 'table', columns, colourful: true }, rows);
    expect(text).toContain('| \u001b[32mACTIVE\u001b[39m |');
    expect(text).toContain('| \u001b[31mERROR\u001b[39m  |');
    expect(stripVTControlCharacters(text)).toBe(await list('table'));
  });

  test('shows what would move the cursor by its number', async () => {
    const text = await one('table', { id: '1\u001b[2J', name: 'a\rb\u009b3D\u0007', status: '\u001b[31mACTIVE' });
    expect(text).toContain('1\\x1b[2J');
    expect(text).toContain('a\\x0db\\x9b3D\\x07');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('columns', () => {
  test.each([
    [
      ['Status', 'name'],
      ['Name', 'Status'],
    ],
    [['PORT'], ['Port']],
    [['port_id', 'Port'], ['Port']],
    [['project-id'], ['Tenant']],
    [[], ['ID', 'Tenant', 'Name', 'Port', 'Status']],
  ])('%j are %j, in their own order', (words, headings) => {
    expect(chooseColumns(tapServices.columns, words).map(({ heading }) => heading)).toEqual(headings);
  });

  test('that are unknown are told with those that there are', () => {
    expect(() => chooseColumns(tapServices.columns, ['ID', 'Colour'])).toThrow(
      'there is no column Colour; there are ID, Tenant, Name, Port, Status',
    );
  });

  test('are those of openstackclient, and in its order', () => {
    const words = (kind: typeof tapFlows) => kind.columns.map(({ heading }) => heading).join(' ');
    expect(words(tapServices)).toBe('ID Tenant Name Port Status');
    expect(words(tapFlows)).toBe('ID Tenant Name Status source_port tap_service_id Direction');
    for (const { attributes } of [tapServices, tapFlows]) {
      expect(attributes).toEqual(attributes.toSorted((a, b) => (a.heading < b.heading ? -1 : 1)));
    }
  });
});

describe('sorting', () => {
  const sorted = (words: readonly string[], descending = false) =>
    sortRows(
      [
        { id: '1', name: 'z', status: 'DOWN' },
        { id: '2', name: null, status: 'ACTIVE' },
        { id: '3', name: 'a', status: 'DOWN' },
        { id: '4', name: 'B', status: 'ACTIVE' },
      ],
      sortColumns(tapServices.columns, words),
      descending,
    )
      .map(({ id }) => id)
      .join('');

  test.each([
    [[], false, '1234'],
    [['Name'], false, '4312'],
    [['Name'], true, '2134'],
    [['Status'], false, '2413'],
    [['Status', 'Name'], false, '4231'],
    [['Status', 'Name'], true, '1324'],
  ])('by %j, descending %s', (words, descending, order) => {
    expect(sorted(words, descending)).toBe(order);
  });
});
