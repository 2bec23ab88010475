/** The topic of Neutron's TaaS agents; agents listen at it, at `<topic>.<host>` and at its fanout exchange. */
export const AGENT_TOPIC = 'n-taas_agent';
export const FANOUT_EXCHANGE = `${AGENT_TOPIC}_fanout`;
/** Where the TaaS plugin listens. */
export const PLUGIN_TOPIC = 'n-taas-plugin';
/** Where agents send their port inventories: not to the plugin's topic, as a stock Neutron would log each as an error. */
export const INVENTORY_TOPIC = 'taas-inventory';

/** What one end of the RPC needs of a broker: both exchanges, and a queue of its own with its bindings. */
export interface Topology {
  readonly queue: string;
  /** The deployment's `control_exchange`, a topic exchange. */
  readonly control: string;
  /** The routing keys at the control exchange that lead to the queue. */
  readonly keys: readonly string[];
  /** Whether the fanout exchange leads to the queue too; it is declared for those who only send to it as well. */
  readonly fanout: boolean;
}

/** The routing key at the control exchange that leads to one host's agent. */
export function agentKey(host: string): string {
  return `${AGENT_TOPIC}.${host}`;
}

/** The name of an agent's queue: the same after a restart, so that what came meanwhile is still there. */
export function agentQueue(host: string): string {
  return `${FANOUT_EXCHANGE}.taas-agent.${host}`;
}

/** All agents' queues get what is cast to all; this host's also what is cast to it. */
export function agentTopology(control: string, host: string): Topology {
  return { queue: agentQueue(host), control, keys: [AGENT_TOPIC, agentKey(host)], fanout: true };
}

/** Not the name of Neutron's own queue, which is the topic's. */
export const CONTROL_PLANE_QUEUE = `${PLUGIN_TOPIC}.taas-server`;

export function controlPlaneTopology(control: string): Topology {
  return { queue: CONTROL_PLANE_QUEUE, control, keys: [PLUGIN_TOPIC, INVENTORY_TOPIC], fanout: false };
}
