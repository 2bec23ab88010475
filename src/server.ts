/** taas-server: serves Neutron's REST API of Tap-as-a-Service, and drives the agents over RabbitMQ. This file only wires rooms together. */
import { readFileSync } from 'node:fs';
import { ControlPlaneBus } from './bus/control-plane-bus.ts';
import { type OpenControlPlane, openControlPlane } from './control-plane/open-control-plane.ts';
import { DaemonFrame } from './host/daemon-frame.ts';
import { packageVersion } from './host/package-version.ts';
import { createLog, type Log } from './observe/log.ts';
import { narrateApi } from './observe/narrate-api.ts';
import { narrateControlPlaneBus } from './observe/narrate-bus.ts';
import { narrateControlPlane } from './observe/narrate-control-plane.ts';
import { narrateHost } from './observe/narrate-host.ts';
import { reloadLogLevel } from './observe/reload-log-level.ts';
import { createApi } from './rest-api/api.ts';
import type { Authenticate } from './rest-api/authenticate.ts';
import { addToken, removeToken } from './rest-api/edit-tokens.ts';
import { DEFAULT_LIMITS, type Limits } from './rest-api/limits.ts';
import { noauth } from './rest-api/noauth.ts';
import type { TlsTexts } from './rest-api/open-server.ts';
import type { Readiness } from './rest-api/ports.ts';
import { readTokens } from './rest-api/read-tokens.ts';
import { TokenFile } from './rest-api/token-file.ts';
import { formatSettings } from './settings/format-settings.ts';
import { givenFiles } from './settings/given-files.ts';
import { formatHostAndPort } from './settings/host-and-port.ts';
import { loadSettings } from './settings/load-settings.ts';
import { maskedSettings } from './settings/masked-settings.ts';
import { requireTokensFile } from './settings/require-tokens-file.ts';
import { runProgram } from './settings/run-program.ts';
import { type Command, parseCommandLine, USAGE } from './settings/server-command-line.ts';
import { type ServerSettings, serverModel } from './settings/server-settings.ts';
import { assertNever } from './tap/assert-never.ts';

/** On-call engineers watch a broker come back: they see us within seconds. */
const RECONNECT = { minMs: 200, maxMs: 3_000 };

function limitsOf({ limits }: ServerSettings): Limits {
  return {
    ...DEFAULT_LIMITS,
    bodyBytes: limits.bodyBytes,
    headerBytes: limits.headerBytes,
    requestMs: limits.requestSeconds * 1000,
    requestsPerMinute: limits.requestsPerMinute || null,
    pageSize: limits.pageSize || null,
  };
}

function tlsOf({ tls: { cert, key, clientCa } }: ServerSettings): { readonly tls?: TlsTexts } {
  if (cert === null || key === null) return {};
  const read = (path: string) => readFileSync(path, 'utf8');
  const texts = { certificate: read(cert), key: read(key) };
  return { tls: clientCa === null ? texts : { ...texts, clientCa: read(clientCa) } };
}

async function authenticatorOf({ auth }: ServerSettings): Promise<Authenticate> {
  return auth.strategy === 'noauth' ? noauth : (await TokenFile.open(auth.tokensFile)).authenticate;
}

/** Ready is who can keep what it promises: the database takes it, and the agents hear of it. */
function readinessOf(opened: OpenControlPlane, bus: ControlPlaneBus): Readiness {
  try {
    opened.unsentCasts();
  } catch (error) {
    return { ready: false, reason: `the database cannot be read: ${error instanceof Error ? error.message : error}` };
  }
  return bus.connected ? { ready: true } : { ready: false, reason: 'RabbitMQ cannot be reached' };
}

/** Everything that a running server consists of, not started. */
async function assemble(settings: ServerSettings, log: Log, onNews: () => void) {
  const opened = openControlPlane({
    database: settings.database,
    limits: {
      quota: { tap_service: settings.quota.tapServices, tap_flow: settings.quota.tapFlows },
      taasIds: settings.taasIdRange,
    },
    castPort: { send: (casts) => bus.send(casts) },
    trace: narrateControlPlane(log),
  });
  const traceBus = narrateControlPlaneBus(log);
  const { urls, exchange, tls } = settings.bus;
  const bus = new ControlPlaneBus({
    name: 'taas-server',
    urls,
    exchange,
    tls: givenFiles(tls),
    timing: { reconnect: RECONNECT },
    onReport: (report) => opened.desk.take(report),
    onConnected: () => {
      opened.requestPorts();
      opened.sender.retryNow();
    },
    onUnblocked: () => opened.sender.retryNow(),
    trace: (event) => {
      traceBus(event);
      onNews();
    },
  });
  const readiness = () => readinessOf(opened, bus);
  const api = createApi({
    controlPlane: opened.controlPlane,
    authenticate: await authenticatorOf(settings),
    readiness,
    limits: limitsOf(settings),
    ...tlsOf(settings),
    trace: narrateApi(log),
  });
  return { opened, bus, api, readiness };
}

async function runServer(settings: ServerSettings, configPath: string | null): Promise<void> {
  requireTokensFile(settings);
  const log = createLog({ level: settings.log.level, base: { name: 'taas-server' } });
  const describe = () => {
    const readiness = server.readiness();
    return readiness.ready ? 'serving' : `serving, but ${readiness.reason}`;
  };
  const frame = new DaemonFrame({ environment: process.env, describe, trace: narrateHost(log) });
  const server = await assemble(settings, log, () => frame.changed());
  const { opened, bus, api } = server;
  await frame.run({
    // The watchdog's timer runs where requests are served: what holds up the one holds up the other.
    isAlive: () => true,
    reload: () => reloadLogLevel(log, () => loadSettings(serverModel, configPath, process.env)),
    dump: () => log.info({ unsentCasts: opened.unsentCasts(), bus: bus.connected }, 'state'),
    start: async () => {
      const { strategy } = settings.auth;
      log.info({ version: packageVersion(), pid: process.pid, auth: strategy }, 'taas-server starts');
      // First what may fail: an address that is taken ends the program.
      const address = formatHostAndPort(await api.listen({ ...settings.listen }));
      log.info({ url: `${settings.tls.cert === null ? 'http' : 'https'}://${address}` }, 'taking requests');
      bus.start();
      opened.sender.start();
    },
    stop: async (signal) => {
      log.info({ signal }, 'taas-server stops; the taps stay in place');
      await api.close();
      await opened.sender.stop();
      await bus.stop();
      opened.close();
      log.info('taas-server has stopped');
    },
  });
}

async function listTokens(path: string): Promise<string> {
  const { tokens } = await readTokens(path);
  return tokens.map(({ name, project, role }) => `${name} ${project} ${role}\n`).join('');
}

async function execute(command: Command): Promise<void> {
  const settings = (config: string | null) => loadSettings(serverModel, config, process.env);
  const say = (text: string) => process.stdout.write(text);
  switch (command.kind) {
    case 'version':
      say(`taas-server ${packageVersion()}\n`);
      return;
    case 'help':
      say(USAGE);
      return;
    case 'check-config': {
      const checked = settings(command.config);
      requireTokensFile(checked);
      say(formatSettings(serverModel, maskedSettings(checked)));
      return;
    }
    case 'run':
      return await runServer(settings(command.config), command.config);
    case 'create-token': {
      const { config, name, project, role } = command;
      say(`${await addToken(settings(config).auth.tokensFile, { name, project, role })}\n`);
      return;
    }
    case 'list-tokens':
      say(await listTokens(settings(command.config).auth.tokensFile));
      return;
    case 'delete-token':
      return await removeToken(settings(command.config).auth.tokensFile, command.name);
    default:
      assertNever(command);
  }
}

await runProgram('taas-server', USAGE, () => execute(parseCommandLine(process.argv.slice(2))));
