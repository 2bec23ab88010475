/**
 * The whole of it before the reader's eyes: real switch, real broker, taas-server, taas-agent and real frames, driven by the
 * commands that a user would type. `--keep` leaves it running until Ctrl-C.
 */
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { prepareAgent } from '../support/agent.ts';
import { ApiClient } from '../support/api-client.ts';
import { type Capture, capture } from '../support/capture.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { sendFrames } from '../support/send-frames.ts';
import { prepareServer, type TestServer } from '../support/server.ts';
import { settle } from '../support/settle.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { plugVm, type Vm } from '../support/vm.ts';
import { sideBySide } from './compare-view.ts';
import { showNextCommands } from './next-commands.ts';
import { Teller } from './teller.ts';

const PINGS = 3;

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const teller = new Teller(options.keep ? 7 : 8);
/** What has to be undone, last first, however the demo ends. */
const undo: (() => Promise<unknown>)[] = [];

interface Hosts {
  readonly web: Vm;
  readonly client: Vm;
  readonly sensor: Vm;
}

async function plugHosts(on: Switch): Promise<Hosts> {
  const plug = async (name: string, tag: number, ip?: string) => {
    const externalIds = { 'port-name': name };
    const vm = await plugVm(on, { name, tag, externalIds, ...(ip === undefined ? {} : { ip }) });
    undo.push(vm.remove);
    return vm;
  };
  return {
    web: await plug('web', 5, '10.0.0.1/24'),
    client: await plug('client', 5, '10.0.0.2/24'),
    sensor: await plug('sensor', 6),
  };
}

function describeHosts({ web, client, sensor }: Hosts): void {
  teller.aside(`      web     ${web.ip}  ${web.mac}  VLAN 5  <- will be tapped`);
  teller.aside(`      client  ${client.ip}  ${client.mac}  VLAN 5`);
  teller.aside(`      sensor  no address ${sensor.mac}  VLAN 6  <- gets the copies`);
}

/** Client pings web, and sends one broadcast. */
async function sendTraffic({ web, client }: Hosts): Promise<void> {
  await client.exec('ping', ['-q', '-c', String(PINGS), '-i', '0.2', String(web.ip)]);
  const datagram = udp(9, 9, numbered('hello everybody', 1));
  const packet = ipv4({ src: String(client.ip), dst: '10.0.0.255' }, datagram);
  await sendFrames(client, [ethernet({ src: client.mac, dst: BROADCAST }, packet)]);
}

async function captured(captures: readonly Capture[], on: Switch): Promise<readonly (readonly Buffer[])[]> {
  await settle(on);
  return Promise.all(captures.map((each) => each.stop()));
}

async function prepare(): Promise<{ on: Switch; server: TestServer; hosts: Hosts }> {
  await teller.step('building taas-agent, taas-server and taas', () => execa('bash', ['test/support/build.sh']));
  const on = await teller.step(
    'starting Open vSwitch (userspace datapath, a network namespace of its own)',
    async () => {
      const made = await startSwitch();
      undo.push(made.stop);
      await made.addBridge('br-int');
      return made;
    },
  );
  const broker = await teller.step('starting RabbitMQ (on loopback, ports of its own)', async () => {
    const made = await Rabbitmq.start();
    undo.push(() => made.stop());
    return made;
  });
  const hosts = await teller.step('plugging three hosts into br-int', () => plugHosts(on));
  describeHosts(hosts);
  const server = await prepareServer({ brokerUrl: broker.url });
  undo.push(server.remove);
  const agent = await prepareAgent({ on, brokerUrl: broker.url, host: 'demo-host' });
  undo.push(agent.remove);
  await teller.step('starting taas-server and taas-agent', async () => {
    await Promise.all([server.start(), agent.start()]);
    await new ApiClient(server.url).plugged(...Object.values(hosts).map(({ portId }) => portId));
  });
  return { on, server, hosts };
}

/** Runs a command as a user would type it, and shows it with what it says. */
async function type(server: TestServer, ...args: readonly string[]): Promise<void> {
  teller.say();
  teller.title(`$ taas ${args.join(' ')}`);
  const { stdout } = await execa('dist/taas', args, { env: { OS_ENDPOINT: server.url }, stdin: 'ignore' });
  if (stdout) teller.say(stdout);
}

async function showCopies(on: Switch, hosts: Hosts): Promise<boolean> {
  const captures = [await capture(hosts.web), await capture(hosts.sensor, { direction: 'in' })];
  const [source = [], sensor = []] = await teller.step(
    `client pings web ${PINGS} times and sends one broadcast`,
    async () => {
      await sendTraffic(hosts);
      return await captured(captures, on);
    },
  );
  teller.say();
  for (const row of sideBySide(source, sensor)) teller.say(row);
  const equal = source.length > 0 && sorted(source).equals(sorted(sensor));
  const words = `${source.length} frames at the source port, ${sensor.length} at the sensor`;
  teller.verdict(equal, equal ? `\n${words}: equal, byte for byte.` : `\n${words}: NOT equal.`);
  return equal;
}

async function showSilence(on: Switch, hosts: Hosts): Promise<boolean> {
  const late = await teller.step('client pings web again', async () => {
    const afterwards = await capture(hosts.sensor, { direction: 'in' });
    await sendTraffic(hosts);
    const [frames = []] = await captured([afterwards], on);
    return frames.length;
  });
  teller.verdict(late === 0, `The sensor saw ${late} frames after the delete.\n`);
  return late === 0;
}

async function demo(): Promise<boolean> {
  teller.title("taas-agent: exact copies of a port's traffic at a sensor's port");
  const { on, server, hosts } = await prepare();
  await type(server, 'port', 'list');
  await type(server, 'tap', 'service', 'create', '--port', 'sensor', '--name', 'ids', '--wait');
  const ends = ['--port', 'web', '--tap-service', 'ids', '--direction', 'BOTH'];
  await type(server, 'tap', 'flow', 'create', ...ends, '--name', 'web', '--wait');
  teller.say();
  const equal = await showCopies(on, hosts);
  if (options.keep) {
    await showNextCommands(teller, server.url, hosts);
    return equal;
  }
  await type(server, 'tap', 'flow', 'delete', 'web', '--wait');
  await type(server, 'tap', 'service', 'delete', 'ids', '--wait');
  teller.say();
  return (await showSilence(on, hosts)) && equal;
}

const sorted = (frames: readonly Buffer[]) => Buffer.concat([...frames].sort(Buffer.compare));

async function undoAll(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

try {
  const good = await demo();
  await teller.step('stopping everything', undoAll);
  if (!good) process.exitCode = 1;
} catch (error) {
  await undoAll();
  teller.verdict(false, error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
