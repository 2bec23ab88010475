/** How the figures came to be: the part of the document that no run changes. */
export const METHOD = `## Method

The built agent, \`dist/taas-agent\`, as it runs on a hypervisor: log level \`info\`, log into a file, its journal on disk. Open vSwitch and RabbitMQ are real, each started
for the run. All of them and the measuring program share one machine: what one uses is not there for the others.

- **Messages** are those of a real Neutron, some 4 KB each, with other ids, sent to the agents' exchange over one connection without Nagle's delay. A time begins when
  the first message is handed to the socket and ends when the last status has come to the plugin's queue.
- **Ports** are internal ports of br-int, ten to a network. A tap is a tap flow of direction BOTH: four flows and two mirrors. Ten taps are always there, so that every mirror is.
- **One after another:** each tap is the first of its port, so that mirrors change; the next message goes out when the one before is answered. The first ten do not count.
  On a machine that others use, too, the fastest says most about the agent.
- **At once:** all creates are handed to the socket, then all deletes; *steps* are the bundles + transactions that the agent took for all of them.
- **What the switch itself needs:** what a create has changed on the switch is recorded and, while no agent runs, made and taken back by the agent's own clients of OVSDB and OpenFlow, on the
  same switch. *Least* is one bundle for each bridge that has a part in it, and one transaction of Mirror rows until \`cur_cfg\` has reached its \`next_cfg\`. The agent also waits until the
  switch has looked at its cached flows, which comes after (see [architecture.md](architecture.md)). The switch works on after it has confirmed, and what follows at once waits for that: so one
  follows the other without the agent as it does with it, and of creates and deletes one after another the ratio of *both* is the one that counts.
- **Where the time goes** is a run of its own, each create from rest, with the agent's log at level \`debug\`; *whose time* is what \`/proc\` says of every process.
- **Start:** from the start of the process; READY is what systemd is told, the other two are lines of the log. From outside it is made sure that all flows are there.
- **At rest:** as under systemd, with its watchdog; processor time over 20 s each, with the processes that the agent starts to tell systemd, then memory: \`VmRSS\`, \`Pss\` and \`VmHWM\`, in MB of 1,000,000 bytes. Of the many taps that are known, 300 are of this host.
- **Messages for other hosts:** the broker has all of them before the agent may take the first; it is done when a message behind them is answered, so all are in its journal.
- **Repair:** from the switch's confirmation that all flows of br-tap are gone until they are all back, as the switch counts them.
- **A fleet:** each host has two networks, four tap services and tunnels of the agent's own making, with every host's address in \`tunnel.peers\`; there is no network between them, and no
  traffic. Half of a host's tap flows go to sensors on the other hosts, in turn. All messages are handed to the socket at once, tap services first; at the end a delete that every agent has
  to answer tells that it has taken all. *Core time* of a delivery is what \`/proc\` says of all agents until they rest, divided by messages × agents, so it includes their own taps. One by one:
  0.4 s apart, less what is used at rest; *hears of it* is said of messages that name a host which is not there. Then all agents but one end, and that one is told of the
  taps of the hosts that a larger fleet would have besides: the broker has all of them before the agent may take the first.

## Measure again

\`\`\`
npm run bench                                    # some 20 minutes; writes this document
npm run bench -- --only create --ports 30,300    # a part of it; writes nothing
npm run bench -- --only fleet --agents 5 --taps 100   # a smaller fleet; writes nothing
nice -n -10 npm run bench                        # on a machine that is not left alone
\`\`\`
`;
