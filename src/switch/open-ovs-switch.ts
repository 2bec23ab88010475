import { COOKIE_MASK, COOKIE_PREFIX } from '../compile/cookie.ts';
import { takesTunnelKey } from '../compile/tunnel-keys.ts';
import type { FlowBridge } from '../openflow/flow.ts';
import { OpenflowSession, type SessionOptions } from '../openflow/openflow-session.ts';
import type { OpenflowTrace } from '../openflow/trace-event.ts';
import { OvsdbClient, type OvsdbClientOptions } from '../ovsdb-client/ovsdb-client.ts';
import type { TraceEvent } from '../ovsdb-client/trace-event.ts';
import { OvsSwitch } from './ovs-switch.ts';
import type { BridgeNames } from './read-facts.ts';
import { type SwitchTables, tables } from './tables.ts';

/** A switch is on our own host as a rule: when it is back, repairs begin at once. In milliseconds. */
const RETRY = { max: 500 };

export interface SwitchPlace {
  /** Of the database: `unix:PATH`, `tcp:HOST:PORT` or `ssl:HOST:PORT`. */
  readonly remote: string;
  readonly tls?: OvsdbClientOptions<SwitchTables>['tls'];
  /** OVS_RUNDIR: has the bridges' management sockets. */
  readonly runDir: string;
  readonly names: BridgeNames;
  readonly trace: {
    readonly database: (event: TraceEvent) => void;
    readonly flows: (event: OpenflowTrace) => void;
  };
}

/** The host's switch, not started: its database, and a session with each bridge. */
export function openOvsSwitch({ remote, tls, runDir, names, trace }: SwitchPlace): OvsSwitch {
  const options = { remote, database: 'Open_vSwitch', tables, backoff: RETRY, trace: trace.database };
  const client = new OvsdbClient({ ...options, ...(tls ? { tls } : {}) });
  const ours = { cookie: COOKIE_PREFIX, mask: COOKIE_MASK };
  const session = (bridge: FlowBridge, name: string, beside: Pick<SessionOptions, 'beside'> = {}) =>
    new OpenflowSession({ bridge, remote: `unix:${runDir}/${name}.mgmt`, ours, trace: trace.flows, ...beside });
  const flows = {
    integration: session('integration', names.integration),
    tap: session('tap', names.tap),
    tunnel: names.tunnel === null ? undefined : session('tunnel', names.tunnel, { beside: takesTunnelKey }),
  };
  return new OvsSwitch({ client, flows, names });
}
