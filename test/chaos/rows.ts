/** What test/chaos proves, in the order of docs/reliability.md: the faults of each row, and what must hold. */
export const rows = {
  'agent-restarts': {
    faults: 'The agent is stopped, killed or upgraded, and started',
    mustHold: 'no frame of an existing tap is lost or doubled',
  },
  'killed-amid-events': {
    faults: 'The agent is killed (kill -9) at a random moment while 200 events arrive',
    mustHold:
      'after the restart the switch equals the events sent, and every event is reported once the plugin listens',
  },
  'flows-and-rows-deleted': {
    faults: 'All our flows on a bridge are deleted; each mirror, port, bridge of ours is',
    mustHold: 'repaired: median under 50 ms, worst under 500 ms, and no leak meanwhile',
  },
  'switch-restarts': {
    faults: 'ovs-vswitchd is killed (kill -9) and started; ovsdb-server is restarted',
    mustHold: 'repaired within 1 s after the switch is back',
  },
  broker: {
    faults: 'RabbitMQ is stopped, killed, cut off, blocked; its queue or exchange is deleted',
    mustHold: 'connected within 5 s after it is back, no event lost that the broker had confirmed, reports delivered',
  },
  'plugin-away': {
    faults: 'Neutron’s plugin is away',
    mustHold: 'reports are kept, and delivered when it returns',
  },
  disk: {
    faults: 'The disk is full, the state folder read-only, the journal torn at any byte or not a journal',
    mustHold: 'a clear state, nothing silently lost, and the agent goes on by itself where it can',
  },
  'at-random': {
    faults: 'The clock jumps; ports are plugged and unplugged, taps created and deleted, at random',
    mustHold: 'at rest the switch equals what is wanted; nothing is left over, nobody but the sensors sees a copy',
  },
  migration: {
    faults: 'A tapped VM, or its sensor, moves to another host',
    mustHold:
      'copies go on, median under 20 ms from when it is plugged there; then none is lost; nothing is left behind',
  },
  'host-dies': {
    faults: 'A host dies, switch and agent (kill -9), and comes back after a minute, with events sent meanwhile',
    mustHold: 'all hosts agree at rest, and copies arrive',
  },
  fuzz: {
    faults: 'Anything at all comes in: from the bus, OVSDB, OpenFlow, the journal, the settings',
    mustHold: 'never a crash, never a buffer without a bound',
  },
} as const;

export type RowName = keyof typeof rows;
