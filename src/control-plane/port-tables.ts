import type { PortInventory, ReportedPort } from '../contract/agent-report.ts';
import type { Database } from './database.ts';
import type { PortView } from './rows.ts';

/** The project of a port that nobody has given to one. */
export const DEFAULT_PROJECT = 'default';

interface ViewRow extends Omit<PortView, 'plugged'> {
  readonly plugged: 0 | 1;
}

/**
 * Of several hosts that have a port, for a while during a migration, the one where it was plugged last counts. What an
 * administrator said of its project wins over what the hosts say.
 */
const VIEW = `
  SELECT s.port_id AS portId, s.host, h.tunnel_address AS tunnelAddress, coalesce(s.port_name, s.interface_name) AS name,
         s.mac, s.vlan, coalesce(p.project_id, s.project_id, '${DEFAULT_PROJECT}') AS projectId, s.plugged
    FROM sightings s JOIN hosts h USING (host) LEFT JOIN port_projects p USING (port_id)
   WHERE NOT EXISTS (SELECT 1 FROM sightings o WHERE o.port_id = s.port_id
                        AND (o.plugged, o.turn) > (s.plugged, s.turn))`;

/**
 * How long a port that nobody has taps on is remembered after its host had it last: a VM that is shut down overnight.
 */
const REMEMBERED_MILLISECONDS = 24 * 3_600_000;

const asView = (row: ViewRow): PortView => ({ ...row, plugged: row.plugged === 1 });

function same(before: SightingRow, port: ReportedPort): boolean {
  return (
    before.gone_at === null &&
    before.interface_name === port.interfaceName &&
    before.port_name === port.portName &&
    before.mac === port.mac &&
    before.vlan === port.vlan &&
    before.project_id === port.projectId &&
    before.plugged === Number(port.plugged)
  );
}

interface SightingRow {
  readonly port_id: string;
  readonly interface_name: string;
  readonly port_name: string | null;
  readonly mac: string | null;
  readonly vlan: number | null;
  readonly project_id: string | null;
  readonly plugged: 0 | 1;
  readonly gone_at: number | null;
}

/** What an inventory says that its host has not said before. */
export interface PortNews {
  readonly told: readonly ReportedPort[];
  /** Ids of ports that the host does not have any more. */
  readonly gone: readonly string[];
  /** Ids of all ports that it had before, if tunnels reach it elsewhere now. */
  readonly readdressed: readonly string[];
}

/** What the hosts say of their ports. Whoever changes it opens the transaction. */
export class PortTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): PortView[] {
    return this.#db.all<ViewRow>(`${VIEW} ORDER BY name, portId`).map(asView);
  }

  find(portId: string): PortView | undefined {
    const row = this.#db.get<ViewRow>(`${VIEW} AND s.port_id = ?`, portId);
    return row && asView(row);
  }

  /** Should the host name a port twice, the last counts. */
  newsOf({ host, tunnelAddress, ports }: PortInventory): PortNews {
    const before = new Map(
      this.#db.all<SightingRow>('SELECT * FROM sightings WHERE host = ?', host).map((row) => [row.port_id, row]),
    );
    const after = new Map(ports.map((port) => [port.portId, port]));
    const isNews = (port: ReportedPort, known = before.get(port.portId)) => !known || !same(known, port);
    const isGone = (row: SightingRow) => row.gone_at === null && !after.has(row.port_id);
    return {
      told: [...after.values()].filter((port) => isNews(port)),
      gone: [...before.values()].filter(isGone).map((row) => row.port_id),
      readdressed: tunnelAddress === this.#tunnelAddress(host) ? [] : [...before.keys()],
    };
  }

  /** @param now Unix milliseconds. */
  take({ host, tunnelAddress }: Pick<PortInventory, 'host' | 'tunnelAddress'>, news: PortNews, now: number): void {
    this.#db.run(
      `INSERT INTO hosts (host, tunnel_address) VALUES (?1, ?2)
         ON CONFLICT (host) DO UPDATE SET tunnel_address = ?2 WHERE tunnel_address IS NOT ?2`,
      host,
      tunnelAddress,
    );
    for (const port of news.told) this.#put(host, port);
    for (const portId of news.gone) this.#leave(host, portId, now);
    this.#forget(now);
  }

  /** null: what the hosts say counts again. */
  assign(portId: string, projectId: string | null): void {
    if (projectId === null) this.#db.run('DELETE FROM port_projects WHERE port_id = ?', portId);
    else this.#db.run('INSERT OR REPLACE INTO port_projects (port_id, project_id) VALUES (?, ?)', portId, projectId);
  }

  #tunnelAddress(host: string): string | null {
    const row = this.#db.get<{ address: string | null }>(
      'SELECT tunnel_address AS address FROM hosts WHERE host = ?',
      host,
    );
    return row?.address ?? null;
  }

  #put(host: string, port: ReportedPort): void {
    this.#db.run(
      `INSERT INTO sightings (port_id, host, interface_name, port_name, mac, vlan, project_id, plugged, turn)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(max(turn), 0) + 1 FROM sightings))
       ON CONFLICT (port_id, host) DO UPDATE SET interface_name = ?3, port_name = ?4, mac = ?5, vlan = ?6, project_id = ?7,
         turn = CASE WHEN ?8 > plugged THEN excluded.turn ELSE turn END, gone_at = NULL, plugged = ?8`,
      port.portId,
      host,
      port.interfaceName,
      port.portName,
      port.mac,
      port.vlan,
      port.projectId,
      Number(port.plugged),
    );
  }

  /** Gone from this host: remembered, unless it is plugged elsewhere. */
  #leave(host: string, portId: string, now: number): void {
    const elsewhere = this.#db.run(
      `DELETE FROM sightings WHERE port_id = ?1 AND host = ?2
         AND EXISTS (SELECT 1 FROM sightings WHERE port_id = ?1 AND host <> ?2 AND plugged = 1)`,
      portId,
      host,
    );
    if (elsewhere === 0) {
      this.#db.run('UPDATE sightings SET plugged = 0, gone_at = ? WHERE port_id = ? AND host = ?', now, portId, host);
    }
  }

  #forget(now: number): void {
    this.#db.run(
      `DELETE FROM sightings WHERE gone_at < ?
         AND port_id NOT IN (SELECT port_id FROM tap_services UNION SELECT source_port FROM tap_flows)
         AND port_id NOT IN (SELECT port_id FROM port_projects)`,
      now - REMEMBERED_MILLISECONDS,
    );
  }
}
