/**
 * The schema, step by step: entry n brings a database from version n to n + 1 (`PRAGMA user_version`). An entry that
 * was released is never edited; what changes is a new entry.
 *
 * `sightings` has what each host says of a port, `hosts` where the hosts are, `port_projects` what an administrator
 * said. `outbox` has casts that the broker has not confirmed, in the order in which they must arrive.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE tap_services (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    port_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('DOWN', 'ACTIVE', 'ERROR', 'PENDING_DELETE')),
    taas_id INTEGER NOT NULL UNIQUE CHECK (taas_id BETWEEN 1 AND 4094),
    -- Its agent has removed it, or never had it: it goes with the last of its flows.
    removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1))
  ) STRICT;
  CREATE INDEX tap_services_by_project ON tap_services (project_id);
  CREATE INDEX tap_services_by_port ON tap_services (port_id);

  CREATE TABLE tap_flows (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    project_id TEXT NOT NULL,
    tap_service_id TEXT NOT NULL REFERENCES tap_services (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    source_port TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('IN', 'OUT', 'BOTH')),
    status TEXT NOT NULL CHECK (status IN ('DOWN', 'ACTIVE', 'ERROR', 'PENDING_DELETE')),
    vlan_filter TEXT
  ) STRICT;
  CREATE INDEX tap_flows_by_project ON tap_flows (project_id);
  CREATE INDEX tap_flows_by_service ON tap_flows (tap_service_id);
  CREATE INDEX tap_flows_by_port ON tap_flows (source_port);

  CREATE TABLE hosts (
    host TEXT PRIMARY KEY,
    tunnel_address TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sightings (
    port_id TEXT NOT NULL,
    host TEXT NOT NULL REFERENCES hosts (host),
    interface_name TEXT NOT NULL,
    port_name TEXT,
    mac TEXT,
    vlan INTEGER,
    project_id TEXT,
    plugged INTEGER NOT NULL CHECK (plugged IN (0, 1)),
    -- Grows with each plugging: of two hosts that both have the port, the later one counts.
    turn INTEGER NOT NULL,
    -- Unix milliseconds; null while its host has it, plugged or not.
    gone_at INTEGER,
    PRIMARY KEY (port_id, host)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sightings_by_host ON sightings (host);
  CREATE INDEX sightings_by_turn ON sightings (turn);
  CREATE INDEX sightings_by_absence ON sightings (gone_at) WHERE gone_at IS NOT NULL;

  CREATE TABLE port_projects (
    port_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 'cast': method and args to one host, or to all; 'sync': everything to one host, as it stands when its turn comes.
    kind TEXT NOT NULL CHECK (kind IN ('cast', 'sync')),
    host TEXT,
    method TEXT NOT NULL,
    args TEXT NOT NULL,
    unique_id TEXT NOT NULL,
    request_id TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX outbox_syncs ON outbox (host) WHERE kind = 'sync';
  `,
];
