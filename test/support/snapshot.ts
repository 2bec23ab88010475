import { runCommand } from './run-command.ts';
import type { Switch } from './switch.ts';

/** Rows of taas-agent carry external_ids:owner with this value, its flows this prefix of the cookie. */
const OWNER = 'taas-agent';
const COOKIE_MASK = 0xffffffff00000000n;
const COOKIE = 0x7461617300000000n;

/** Columns that change by themselves: counters, clocks, transaction numbers (ovs-vswitchd.conf.db(5)). */
const VOLATILE: ReadonlySet<string> = new Set([
  '_uuid',
  '_version',
  'statistics',
  'cur_cfg',
  'next_cfg',
  'status',
  'rstp_statistics',
  'rstp_status',
]);

type Cell = string | number | boolean | readonly unknown[];

interface Table {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly data: readonly (readonly Cell[])[];
}

/** Ordered pairs of an OVSDB map (RFC 7047 section 5.1). */
function pairsOf(cell: unknown): readonly (readonly [unknown, unknown])[] {
  const isMap = Array.isArray(cell) && cell[0] === 'map';
  return isMap ? (cell[1] as readonly (readonly [unknown, unknown])[]) : [];
}

function column(table: Table, row: readonly Cell[], name: string): Cell | undefined {
  return row[table.headings.indexOf(name)];
}

function isOurs(table: Table, row: readonly Cell[]): boolean {
  return pairsOf(column(table, row, 'external_ids')).some(([key, value]) => key === 'owner' && value === OWNER);
}

function uuidOf(cell: unknown): string | undefined {
  return Array.isArray(cell) && cell[0] === 'uuid' ? String(cell[1]) : undefined;
}

/** A set without references to our rows, in an order of its own: OVSDB's has no meaning. A set of one is written bare. */
function withoutOurs(cell: Cell, ours: ReadonlySet<string>): string {
  const isSet = Array.isArray(cell) && cell[0] === 'set';
  const items = isSet ? (cell[1] as readonly unknown[]) : [cell];
  const kept = items.filter((item) => !ours.has(uuidOf(item) ?? ''));
  return kept
    .map((item) => JSON.stringify(item))
    .sort()
    .join(' ');
}

function rowText(table: Table, row: readonly Cell[], ours: ReadonlySet<string>): string {
  const cells = table.headings.flatMap((heading, index) => {
    const cell = row[index];
    return VOLATILE.has(heading) || cell === undefined ? [] : [`  ${heading}: ${withoutOurs(cell, ours)}`];
  });
  const id = uuidOf(column(table, row, '_uuid'));
  return [`${table.caption.replace(/ table$/, '')} ${id}`, ...cells].join('\n');
}

async function tablesOf({ dbSocket }: Switch): Promise<readonly Table[]> {
  const text = await runCommand('ovsdb-client', ['--format=json', 'dump', `unix:${dbSocket}`, 'Open_vSwitch']);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Table);
}

function isForeignFlow(flow: string): boolean {
  const cookie = BigInt(/\bcookie=(0x[0-9a-f]+)/.exec(flow)?.[1] ?? '0');
  return (cookie & COOKIE_MASK) !== COOKIE;
}

async function flowsOf(on: Switch, bridge: string): Promise<readonly string[]> {
  const flows = (await on.dumpFlows(bridge)).filter(isForeignFlow).sort();
  const groups = (await on.ofctl('dump-groups', bridge)).split('\n').filter((line) => line.includes('group_id='));
  return [`flows of ${bridge}`, ...[...flows, ...groups].map((line) => `  ${line.trim()}`)];
}

/**
 * Everything on a switch that is not taas-agent's, as text to compare before and after: the rows of every table without our
 * marker (their ports' OpenFlow numbers among them) and the flows and groups of every such bridge without our cookie.
 * Counters are left out, and references to our rows.
 */
export async function snapshotForeign(on: Switch): Promise<string> {
  const tables = await tablesOf(on);
  const rows = tables.flatMap((table) => table.data.map((row) => ({ table, row, ours: isOurs(table, row) })));
  const ours = new Set(rows.flatMap((one) => (one.ours ? [uuidOf(column(one.table, one.row, '_uuid')) ?? ''] : [])));
  const foreign = rows.filter((one) => !one.ours);
  const texts = foreign.map(({ table, row }) => rowText(table, row, ours)).sort();
  const bridges = foreign.flatMap(({ table, row }) =>
    table.caption === 'Bridge table' ? [String(column(table, row, 'name'))] : [],
  );
  const flows: string[] = [];
  for (const bridge of bridges.sort()) flows.push(...(await flowsOf(on, bridge)));
  return [...texts, ...flows].join('\n');
}
