import type { ResourceName, Resources, Status, TapFlow, Update } from '../contract/resources.ts';
import type { Database } from './database.ts';
import type { ServiceRow } from './rows.ts';

const SERVICE = 'id, project_id, name, description, port_id, status';
const FLOW = 'id, project_id, tap_service_id, name, description, source_port, direction, status, vlan_filter';
const table = { tap_service: 'tap_services', tap_flow: 'tap_flows' } as const;
const columns = { tap_service: SERVICE, tap_flow: FLOW } as const;

/** The rows of tap services and tap flows. Whoever changes several of them opens the transaction. */
export class TapTables {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** In the order of creation; of one project, or of all. */
  list<R extends ResourceName>(resource: R, projectId?: string): Resources[R][] {
    const from = `SELECT ${columns[resource]} FROM ${table[resource]}`;
    return projectId === undefined
      ? this.#db.all(`${from} ORDER BY seq`)
      : this.#db.all(`${from} WHERE project_id = ? ORDER BY seq`, projectId);
  }

  find<R extends ResourceName>(resource: R, id: string): Resources[R] | undefined {
    return this.#db.get(`SELECT ${columns[resource]} FROM ${table[resource]} WHERE id = ?`, id);
  }

  /** What agents have given up. */
  inError<R extends ResourceName>(resource: R): Resources[R][] {
    return this.#db.all(`SELECT ${columns[resource]} FROM ${table[resource]} WHERE status = 'ERROR'`);
  }

  count(resource: ResourceName, projectId: string): number {
    const row = this.#db.get<{ n: number }>(
      `SELECT count(*) AS n FROM ${table[resource]} WHERE project_id = ?`,
      projectId,
    );
    return row?.n ?? 0;
  }

  service(id: string): ServiceRow | undefined {
    return this.#db.get(`SELECT ${SERVICE}, taas_id FROM tap_services WHERE id = ?`, id);
  }

  services(): ServiceRow[] {
    return this.#db.all(`SELECT ${SERVICE}, taas_id FROM tap_services ORDER BY seq`);
  }

  servicesAt(portId: string): ServiceRow[] {
    return this.#db.all(`SELECT ${SERVICE}, taas_id FROM tap_services WHERE port_id = ? ORDER BY seq`, portId);
  }

  flowsOf(serviceId: string): TapFlow[] {
    return this.#db.all(`SELECT ${FLOW} FROM tap_flows WHERE tap_service_id = ? ORDER BY seq`, serviceId);
  }

  /** The flows that copy from the port, and those that deliver to it. */
  flowsAt(portId: string): TapFlow[] {
    return this.#db.all(
      `SELECT ${FLOW} FROM tap_flows WHERE source_port = ?1
         OR tap_service_id IN (SELECT id FROM tap_services WHERE port_id = ?1) ORDER BY seq`,
      portId,
    );
  }

  /**
   * Whether copies that are delivered to port `from` travel on to port `to`, by taps of the project that are not being
   * deleted. Those of other projects do not matter: a port serves the taps of one project only.
   */
  reaches(from: string, to: string, projectId: string): boolean {
    // The + keeps SQLite off the index by project, which has thousands of flows where that by port has a few.
    const found = this.#db.get(
      `WITH RECURSIVE reached (port) AS (
         VALUES (?1) UNION
         SELECT s.port_id FROM reached JOIN tap_flows f ON f.source_port = reached.port
             AND +f.project_id = ?3 AND f.status <> 'PENDING_DELETE'
           JOIN tap_services s ON s.id = f.tap_service_id)
       SELECT 1 FROM reached WHERE port = ?2`,
      from,
      to,
      projectId,
    );
    return found !== undefined;
  }

  /** The lowest number of the range that no service has; undefined when all are taken. */
  freeTaasId({ first, last }: { readonly first: number; readonly last: number }): number | undefined {
    return this.#db.get<{ free: number }>(
      `SELECT min(candidate) AS free FROM
         (SELECT ?1 AS candidate UNION ALL
          SELECT taas_id + 1 FROM tap_services WHERE taas_id >= ?1 AND taas_id < ?2)
       WHERE candidate NOT IN (SELECT taas_id FROM tap_services) HAVING free IS NOT NULL`,
      first,
      last,
    )?.free;
  }

  insertService(row: ServiceRow): void {
    this.#db.run(
      `INSERT INTO tap_services (${SERVICE}, taas_id) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.project_id,
      row.name,
      row.description,
      row.port_id,
      row.status,
      row.taas_id,
    );
  }

  insertFlow(row: TapFlow): void {
    this.#db.run(
      `INSERT INTO tap_flows (${FLOW}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.project_id,
      row.tap_service_id,
      row.name,
      row.description,
      row.source_port,
      row.direction,
      row.status,
      row.vlan_filter,
    );
  }

  update(resource: ResourceName, id: string, { name, description }: Update): void {
    this.#db.run(
      `UPDATE ${table[resource]} SET name = coalesce(?, name), description = coalesce(?, description) WHERE id = ?`,
      name ?? null,
      description ?? null,
      id,
    );
  }

  setStatus(resource: ResourceName, id: string, status: Status): void {
    this.#db.run(`UPDATE ${table[resource]} SET status = ? WHERE id = ?`, status, id);
  }

  /** A service stays, marked, as long as it has flows: its number must not serve another before they are gone. */
  eraseService(id: string): void {
    this.#db.run('UPDATE tap_services SET removed = 1 WHERE id = ?', id);
    this.#eraseIfUnused(id);
  }

  eraseFlow({ id, tap_service_id: serviceId }: Pick<TapFlow, 'id' | 'tap_service_id'>): void {
    this.#db.run('DELETE FROM tap_flows WHERE id = ?', id);
    this.#eraseIfUnused(serviceId);
  }

  #eraseIfUnused(serviceId: string): void {
    this.#db.run(
      `DELETE FROM tap_services WHERE id = ?1 AND removed = 1
         AND NOT EXISTS (SELECT 1 FROM tap_flows WHERE tap_service_id = ?1)`,
      serviceId,
    );
  }
}
