/** taas-agent: takes tap events from RabbitMQ and programs the host's Open vSwitch. This file only wires rooms together. */
import { readFileSync } from 'node:fs';
import { Bus } from './bus/bus.ts';
import { BusError } from './bus/bus-error.ts';
import { statusCast } from './bus/casts.ts';
import type { TunnelSettings } from './compile/tunnels.ts';
import { DaemonFrame } from './host/daemon-frame.ts';
import { packageVersion } from './host/package-version.ts';
import { holdFolder } from './journal/hold-folder.ts';
import { Journal } from './journal/journal.ts';
import { createAgentCounters } from './observe/agent-counters.ts';
import { createLog } from './observe/log.ts';
import { narrateBus } from './observe/narrate-bus.ts';
import { narrateHost } from './observe/narrate-host.ts';
import { narrateJournal } from './observe/narrate-journal.ts';
import { narrateOpenflow } from './observe/narrate-openflow.ts';
import { narrateOvsdb } from './observe/narrate-ovsdb.ts';
import { narrateReconcile } from './observe/narrate-reconcile.ts';
import type { Narrator } from './observe/narrator.ts';
import { reloadLogLevel } from './observe/reload-log-level.ts';
import type { OpenflowTrace } from './openflow/trace-event.ts';
import type { TraceEvent } from './ovsdb-client/trace-event.ts';
import { describeRemoved } from './plan/describe-removed.ts';
import type { Step } from './plan/step.ts';
import { InventoryReporter } from './reconcile/inventory-reporter.ts';
import { Pass, type PassOptions } from './reconcile/pass.ts';
import { PlaceKeeper } from './reconcile/place-keeper.ts';
import type { InventoryPort, ReportPort } from './reconcile/ports.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { reportSender } from './reconcile/report-sender.ts';
import { StateKeeper } from './reconcile/state-keeper.ts';
import { type Command, parseCommandLine, USAGE } from './settings/agent-command-line.ts';
import { type AgentSettings, agentModel } from './settings/agent-settings.ts';
import { formatSettings } from './settings/format-settings.ts';
import { givenFiles } from './settings/given-files.ts';
import { loadSettings } from './settings/load-settings.ts';
import { maskedSettings } from './settings/masked-settings.ts';
import { runProgram } from './settings/run-program.ts';
import { openOvsSwitch } from './switch/open-ovs-switch.ts';
import { assertNever } from './tap/assert-never.ts';

/** A pass that waits for the switch fails within some 20 s: a loop that has not come round for so long is stuck. */
const STUCK_MILLISECONDS = 45_000;
/** How long `cleanup` waits for the switch's database. */
const CLEANUP_PATIENCE_MILLISECONDS = 10_000;
/** On-call engineers watch a broker come back: they see us within seconds. */
const RECONNECT = { minMs: 200, maxMs: 3_000 };

/** What the parts of a switch tell. */
interface SwitchTraces {
  readonly database: (event: TraceEvent) => void;
  readonly flows: (event: OpenflowTrace) => void;
  readonly onStep: PassOptions['onStep'];
}

function tunnelSettings({ bridges, tunnel }: AgentSettings): TunnelSettings {
  const { peers, mode, ...rest } = tunnel;
  return {
    ...rest,
    mode: bridges.tunnel === null ? 'off' : mode,
    peers: Object.fromEntries(peers.map((peer) => peer.split('='))),
  };
}

function openSwitch(settings: AgentSettings, { database, flows, onStep }: SwitchTraces) {
  const { host, ovs, bridges, mirrors } = settings;
  const { ca, cert, key } = givenFiles(ovs.tls);
  const read = (path: string) => readFileSync(path, 'utf8');
  const tls = ca && cert && key ? { tls: { ca: read(ca), certificate: read(cert), privateKey: read(key) } } : {};
  const { remote, runDir } = ovs;
  const switchPort = openOvsSwitch({ remote, runDir, names: bridges, trace: { database, flows }, ...tls });
  return {
    switchPort,
    pass: new Pass(switchPort, { host, limits: mirrors, names: bridges, tunnel: tunnelSettings(settings), onStep }),
  };
}

/** Under a stock Neutron nobody takes inventories; and one that the connection lost is told again on the next. */
function inventoryPort(bus: Bus): InventoryPort {
  return {
    send: async (inventory) => {
      try {
        await bus.castInventory(inventory);
        return 'sent';
      } catch (error) {
        if (error instanceof BusError && ['unroutable', 'disconnected'].includes(error.code)) return 'unwanted';
        throw error;
      }
    },
  };
}

/** Everything that a running agent consists of, not started. */
async function assemble(settings: AgentSettings, narrator: Narrator, onNews: () => void) {
  const { host } = settings;
  const traceReconcile = narrateReconcile(narrator);
  const traceBus = narrateBus(narrator);
  await holdFolder(settings.stateDir);
  const journal = await Journal.open(settings.stateDir, narrateJournal(narrator.log));
  const keeper = new StateKeeper(journal, journal.state, {
    onChange: () => sender.wake(),
    onUndone: (error) => {
      traceReconcile({ kind: 'undone', error });
      reconciler.wake();
    },
  });
  const { switchPort, pass } = openSwitch(settings, {
    database: narrateOvsdb(narrator),
    flows: narrateOpenflow(narrator),
    onStep: (step, milliseconds) => traceReconcile({ kind: 'step-applied', step, milliseconds }),
  });
  const places = new PlaceKeeper(switchPort, keeper, traceReconcile);
  const reconciler = new Reconciler({
    host,
    keeper,
    pass,
    graceMilliseconds: settings.portGraceSeconds * 1000,
    onArrived: (numbers) => places.announce(numbers),
    trace: (event) => {
      traceReconcile(event);
      onNews();
    },
  });
  const bus = new Bus({
    urls: settings.bus.urls,
    exchange: settings.bus.exchange,
    host,
    tls: givenFiles(settings.bus.tls),
    timing: { reconnect: RECONNECT },
    onEvent: async ({ event, requestId }) => {
      if (event.kind === 'request_ports') inventory.tellAgain();
      else await reconciler.take(event, requestId);
    },
    onConnected: () => {
      sender.retryNow();
      inventory.tellAgain();
    },
    onUnblocked: () => sender.retryNow(),
    trace: (event) => {
      traceBus(event);
      onNews();
    },
  });
  const report: ReportPort['report'] = (each) => {
    const { method, args } = statusCast(each, host);
    return bus.cast(method, args);
  };
  const sender = reportSender(keeper, { report }, traceReconcile);
  const inventory = new InventoryReporter({
    read: () => switchPort.inventory(host, tunnelSettings(settings)),
    port: inventoryPort(bus),
    trace: traceReconcile,
  });
  switchPort.onChange((news) => {
    if (news === 'back') reconciler.retryNow();
    else reconciler.wake();
    inventory.wake();
  });
  return { journal, keeper, switchPort, reconciler, places, bus, sender, inventory };
}

async function runDaemon(settings: AgentSettings, configPath: string | null): Promise<void> {
  const log = createLog({ level: settings.log.level, base: { name: 'taas-agent', host: settings.host } });
  const counters = createAgentCounters();
  const describe = () => {
    const { tapServices, tapFlows, reports } = agent.keeper.state;
    const broker = agent.bus.connected ? 'connected' : 'away';
    const ovs = agent.switchPort.facts() ? 'connected' : 'away';
    const disk = agent.journal.failure ? '; taps cannot be saved' : '';
    const { tooLong } = agent.reconciler;
    const taps = tooLong === 1 ? '1 tap' : `${tooLong} taps`;
    const mtu = tooLong === 0 ? '' : `; ${taps} whose longest copies do not fit the underlay`;
    return `${tapServices.size} tap services, ${tapFlows.size} tap flows known; ${reports.length} reports to send; RabbitMQ ${broker}, Open vSwitch ${ovs}${disk}${mtu}`;
  };
  const frame = new DaemonFrame({ environment: process.env, describe, trace: narrateHost(log) });
  const agent = await assemble(settings, { log, counters }, () => frame.changed());
  await frame.run({
    isAlive: () => agent.reconciler.sinceProgress() < STUCK_MILLISECONDS,
    reload: () => reloadLogLevel(log, () => loadSettings(agentModel, configPath, process.env)),
    dump: () => log.info(counters.snapshot(), 'counters'),
    start: () => {
      const { tapServices, tapFlows } = agent.keeper.state;
      const known = { tapServices: tapServices.size, tapFlows: tapFlows.size };
      log.info({ version: packageVersion(), pid: process.pid, ...known }, 'taas-agent starts');
      agent.switchPort.start();
      agent.reconciler.start();
      agent.places.start();
      agent.sender.start();
      agent.inventory.start();
      agent.bus.start();
    },
    stop: async (signal) => {
      log.info({ signal }, 'taas-agent stops; the taps stay in place');
      await agent.bus.stop();
      await agent.reconciler.stop();
      await agent.places.stop();
      await agent.sender.stop();
      await agent.keeper.flush();
      await agent.inventory.stop();
      await agent.switchPort.close();
      log.info(counters.snapshot(), 'taas-agent has stopped');
    },
  });
}

async function runCleanup(settings: AgentSettings): Promise<void> {
  const steps: Step[] = [];
  const { switchPort, pass } = openSwitch(settings, {
    database: () => undefined,
    flows: () => undefined,
    onStep: (step) => steps.push(step),
  });
  switchPort.start();
  try {
    const lock = await switchPort.lockWithin(CLEANUP_PATIENCE_MILLISECONDS);
    if (lock === 'away') throw new Error(`the switch cannot be reached at ${settings.ovs.remote}`);
    if (lock === 'taken')
      throw new Error('a running taas-agent holds this switch: stop it first, or it would put all back');
    await pass.clean();
    process.stdout.write(`${describeRemoved(steps)}\n`);
  } finally {
    await switchPort.close();
  }
}

async function execute({ kind, config }: Command): Promise<void> {
  switch (kind) {
    case 'version':
      process.stdout.write(`taas-agent ${packageVersion()}\n`);
      return;
    case 'help':
      process.stdout.write(USAGE);
      return;
    case 'check-config':
      process.stdout.write(formatSettings(agentModel, maskedSettings(loadSettings(agentModel, config, process.env))));
      return;
    case 'cleanup':
      return await runCleanup(loadSettings(agentModel, config, process.env));
    case 'run':
      return await runDaemon(loadSettings(agentModel, config, process.env), config);
    default:
      assertNever(kind);
  }
}

await runProgram('taas-agent', USAGE, () => execute(parseCommandLine(process.argv.slice(2))));
