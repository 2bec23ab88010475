import { type Counters, createCounters } from './counters.ts';

/** What the agent counts; the names are an interface to whoever reads them. */
const definitions = {
  taas_agent_messages_total: {
    help: 'Messages from the bus, by what became of them: taken, rejected, ignored or duplicate.',
    labels: ['result'],
  },
  taas_agent_events_total: { help: 'Tap events taken, by RPC method.', labels: ['method'] },
  taas_agent_steps_total: {
    help: 'Steps that the switch has confirmed: transactions (rows) and bundles (flows).',
    labels: ['kind'],
  },
  taas_agent_passes_total: {
    help: 'Passes of the loop, by how they ended: settled, blocked, away or failed.',
    labels: ['result'],
  },
  taas_agent_repairs_total: {
    help: 'Rows and flows of ours that others had changed or removed, and that were put right.',
    labels: [],
  },
  taas_agent_fights_total: {
    help: 'Times that somebody was found to change the same rows or flows of ours again and again.',
    labels: [],
  },
  taas_agent_places_lost_total: {
    help: 'Times that copies for a tap service on another host were no longer answered, and went to all hosts again.',
    labels: [],
  },
  taas_agent_floods_paused_total: {
    help: 'Times that copies for a tap service on another host were held back, since no host answered.',
    labels: [],
  },
  taas_agent_taps_given_up_total: { help: 'Taps that were reported ERROR and forgotten.', labels: ['kind'] },
  taas_agent_mtu_warnings: {
    help: 'Tap flows whose longest copies do not fit the network between the hosts now.',
    labels: [],
    gauge: true,
  },
  taas_agent_reports_total: { help: 'Status reports that the broker has confirmed.', labels: ['status'] },
  taas_agent_report_failures_total: { help: 'Attempts to send reports that failed.', labels: [] },
  taas_agent_flows_drifted_total: {
    help: 'Flows of ours that were not as was known of them when all were read, by bridge.',
    labels: ['bridge'],
  },
  taas_agent_connections_lost_total: {
    help: 'Connections that were lost or could not be made, by peer: bus, ovsdb or openflow.',
    labels: ['peer'],
  },
} as const;

export type AgentCounters = Counters<typeof definitions>;

export function createAgentCounters(): AgentCounters {
  return createCounters(definitions);
}
