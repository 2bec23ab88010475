/** The agent's main job before the reader's eyes: real switch, real broker, real agent, real frames. */
import { execa } from 'execa';
import { prepareAgent, type TestAgent } from '../support/agent.ts';
import { type Capture, capture } from '../support/capture.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import { ipv4, udp } from '../support/packets.ts';
import { newFlow, newService, Plugin } from '../support/plugin.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { sendFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { type Switch, startSwitch } from '../support/switch.ts';
import { plugVm, type Vm } from '../support/vm.ts';
import { sideBySide } from './compare-view.ts';
import { Teller } from './teller.ts';

const HOST = 'demo-host';
const TAAS_ID = 3000;
const PINGS = 3;

const teller = new Teller(9);
/** What has to be undone, last first, however the demo ends. */
const undo: (() => Promise<unknown>)[] = [];

interface Hosts {
  readonly web: Vm;
  readonly client: Vm;
  readonly sensor: Vm;
}

async function plugHosts(on: Switch): Promise<Hosts> {
  const plug = async (name: string, tag: number, ip?: string) => {
    const vm = await plugVm(on, { name, tag, ...(ip === undefined ? {} : { ip }) });
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
  teller.aside(`      web     ${web.ip}  ${web.mac}  VLAN 5  port ${web.portId}  <- will be tapped`);
  teller.aside(`      client  ${client.ip}  ${client.mac}  VLAN 5`);
  teller.aside(`      sensor  no address ${sensor.mac}  VLAN 6  port ${sensor.portId}  <- gets the copies`);
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

async function showCounters(on: Switch): Promise<void> {
  const policy = await on.ofctl(
    '--no-names',
    'dump-flows',
    'br-tap',
    'table=1,cookie=0x7461617320000000/0xfffffffff0000000',
  );
  const counts = [...policy.matchAll(/cookie=(0x[0-9a-f]+),.*?n_packets=(\d+), n_bytes=(\d+)/g)];
  teller.say('The datapath counts the copies of each direction (ovs-ofctl dump-flows br-tap table=policy):');
  for (const [, cookie = '0', packets, bytes] of counts) {
    teller.say(`  cookie ${cookie}  ${BigInt(cookie) % 2n === 0n ? 'IN ' : 'OUT'}  ${packets} packets, ${bytes} bytes`);
  }
}

async function prepare(): Promise<{ on: Switch; plugin: Plugin; agent: TestAgent; hosts: Hosts }> {
  await teller.step('building taas-agent', () => execa('bash', ['test/support/build.sh']));
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
  const plugin = await Plugin.start(broker, HOST);
  undo.push(() => plugin.close());
  const agent = await prepareAgent({ on, brokerUrl: broker.url, host: HOST });
  undo.push(agent.remove);
  await teller.step('starting taas-agent', agent.start);
  return { on, plugin, agent, hosts };
}

async function demo(): Promise<boolean> {
  teller.title("taas-agent: exact copies of a port's traffic at a sensor's port");
  const { on, plugin, hosts } = await prepare();

  const service = newService(hosts.sensor, TAAS_ID);
  const flow = newFlow(hosts.web, service, 'BOTH');
  await teller.step(
    `casting create_tap_service (sensor) and create_tap_flow (web, BOTH), until both are ACTIVE`,
    async () => {
      await plugin.createService(service);
      await plugin.createFlow(flow);
      await plugin.reported('ACTIVE', service.id, flow.id);
    },
  );
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
  teller.verdict(equal, equal ? `\n${words}: equal, byte for byte.\n` : `\n${words}: NOT equal.\n`);
  await showCounters(on);
  teller.say();

  const afterwards = await capture(hosts.sensor, { direction: 'in' });
  const late = await teller.step('casting the deletes, until both are INACTIVE, and pinging again', async () => {
    await plugin.deleteFlow(flow);
    await plugin.deleteService(service);
    await plugin.reported('INACTIVE', flow.id, service.id);
    await settle(on);
    const before = (await afterwards.frames()).length;
    await sendTraffic(hosts);
    const [after = []] = await captured([afterwards], on);
    return after.length - before;
  });
  teller.verdict(late === 0, `The sensor saw ${late} frames after the delete.`);
  return equal && late === 0;
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
