import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import { expect, test } from 'vitest';
import { agentQueue, FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import { logged, saying } from '../e2e/log-lines.ts';
import { always } from '../support/always.ts';
import { eventually } from '../support/eventually.ts';
import type { Plugin } from '../support/plugin.ts';
import type { Rabbitmq } from '../support/rabbitmq.ts';
import type { Scene } from '../support/scene.ts';
import { times } from '../support/times.ts';
import { Traffic } from '../support/traffic.ts';
import type { Vm } from '../support/vm.ts';
import { expectAtRest } from './at-rest.ts';
import { Believed } from './believed.ts';
import { type Claim, type Proof, prove } from './prove.ts';
import { type ChaosStage, expectEveryFrameOnce } from './stage.ts';

/** A scene with taps that stay, and ports for others that come and go. */
export interface BrokerStage {
  readonly scene: Scene;
  readonly stage: ChaosStage;
  readonly ports: { readonly sources: readonly Vm[]; readonly sensors: readonly Vm[] };
}

/** Confirmed by the broker in each round before the fault. */
const EVENTS = 20;
/** Milliseconds; reports are given a little more in the short form, on a busy machine. */
const LIMIT = times({ short: 15_000, long: 5_000 });
const CONNECTED = 'until it takes events again';
const REPORTED = 'until all is reported';

const claim = (fault: string, mustHold: string): Claim => ({ row: 'broker', fault, mustHold });

const NOTHING_LOST =
  'events are taken again within 5 s; no event that the broker had confirmed is lost; all is reported';

/** The agent sleeps meanwhile: all events are still the broker's. */
async function castToSleeper({ scene, ports }: BrokerStage, believed: Believed, { chance }: Proof): Promise<void> {
  scene.agent.process().signal('SIGSTOP');
  for (let event = 0; event < EVENTS; event += 1) await believed.change(chance, ports);
}

const wake = ({ scene }: BrokerStage) => scene.agent.process().signal('SIGCONT');

/** When the agent has begun to take events after a moment; both by the wall clock, in milliseconds. */
function takesEvents({ scene }: BrokerStage, after: number): Promise<number> {
  const line = () => {
    const taking = scene.agent.log().filter(saying('taking tap events'));
    return taking.map(({ time }) => Date.parse(String(time))).find((time) => time >= after);
  };
  return eventually(line, { what: 'the agent to take events again', timeoutMs: 60_000, intervalMs: 50 });
}

/** Has frames flow while something is done again and again, of which none may be lost or doubled, and leaves no tap of it behind. */
async function provenBeside(
  at: BrokerStage,
  proof: Proof,
  once: (believed: Believed) => Promise<void>,
  often?: { readonly short: number; readonly long: number },
): Promise<void> {
  const { scene, stage } = at;
  const believed = new Believed(scene.plugin);
  const traffic = await Traffic.start(scene, { ...stage, gapMicros: 2_000 });
  const rounds = () =>
    proof.rounds(async () => {
      await once(believed);
      await believed.reported();
      await expectAtRest(scene.on, scene.agent, stage, believed);
    }, often);
  await always(rounds, async () => {
    wake(at);
    await believed.deleteAll();
    await believed.reported();
    proof.frames(...expectEveryFrameOnce(await traffic.stop()));
  });
}

/** How the broker is lost, and how it is there again; resolves when it is. */
interface Loss {
  readonly fault: string;
  /** Whether it takes long: then the short form does it once. */
  readonly slow: boolean;
  readonly lose: (broker: Rabbitmq) => Promise<unknown>;
  readonly restore: (broker: Rabbitmq) => Promise<unknown>;
}

const losses: readonly Loss[] = [
  {
    fault: 'RabbitMQ stopped and started',
    slow: false,
    lose: (broker) => broker.halt(),
    restore: (broker) => broker.resume(),
  },
  {
    fault: 'RabbitMQ killed (kill -9) and started',
    slow: true,
    lose: (broker) => broker.halt('SIGKILL'),
    restore: (broker) => broker.resume(),
  },
  {
    fault: 'every connection to RabbitMQ cut',
    slow: false,
    lose: (broker) => broker.ctl('close_all_connections', 'cut by a test'),
    restore: async () => undefined,
  },
];

/** Events that the broker has confirmed and the agent has not taken wait while the broker is away, and come when it is back. */
async function brokerLost(at: BrokerStage, proof: Proof, believed: Believed, { lose, restore }: Loss): Promise<void> {
  const { broker, plugin } = at.scene;
  await castToSleeper(at, believed, proof);
  proof.counted('events', EVENTS);
  // Neutron's queue goes with its broker, and what the broker has put there and confirmed just before: nobody can help that.
  await plugin.deafen();
  // Whoever sleeps cannot answer to a close: it wakes when the broker is about to go.
  const woken = delay(20).then(() => wake(at));
  await Promise.all([lose(broker), woken]);
  const lost = Date.now();
  await restore(broker);
  const back = Date.now();
  await plugin.reconnect();
  proof.took(CONNECTED, Math.max(0, (await takesEvents(at, lost)) - back));
  await believed.reported();
  proof.took(REPORTED, Date.now() - back);
}

/** The broker takes nothing for a while: taps come true all the same, and are reported when it takes messages again. */
async function brokerBlocked(at: BrokerStage, proof: Proof, believed: Believed): Promise<void> {
  const { broker, agent, on } = at.scene;
  const said = agent.log().filter(saying('RabbitMQ takes no messages for now')).length;
  await castToSleeper(at, believed, proof);
  proof.counted('events', EVENTS);
  await broker.ctl('set_vm_memory_high_watermark', '0');
  try {
    wake(at);
    await logged(agent, saying('RabbitMQ takes no messages for now'), said + 1);
    await expectAtRest(on, agent, at.stage, believed);
  } finally {
    await broker.ctl('set_vm_memory_high_watermark', '0.4');
  }
  const open = Date.now();
  await believed.reported();
  proof.took(REPORTED, Date.now() - open);
}

/** What somebody may delete at the broker. */
const deletions: readonly { readonly what: string; readonly remove: (channel: Channel) => Promise<unknown> }[] = [
  { what: 'the agent’s queue', remove: (channel) => channel.deleteQueue(agentQueue('host-1')) },
  { what: 'the fanout exchange', remove: (channel) => channel.deleteExchange(FANOUT_EXCHANGE) },
];

/** As whoever casts next makes an exchange anew, before anybody is bound to it: what they cast is confirmed and goes nowhere. */
async function castUnheard({ scene, ports }: BrokerStage, believed: Believed, { chance }: Proof): Promise<void> {
  await scene.plugin.reconnect();
  const service = await believed.createService(chance.pick(ports.sensors));
  await believed.createFlow(chance.pick(ports.sources), service, 'BOTH');
}

/** Answers the sync that the agent asks for with all taps that there are. */
async function answerSync({ scene: { plugin } }: BrokerStage, believed: Believed, asked: number): Promise<void> {
  await eventually(() => syncs(plugin) > asked, { what: 'the agent to ask for a sync', timeoutMs: 60_000 });
  for (const service of believed.services) await plugin.createService(service, 'ACTIVE');
  for (const flow of believed.flows) await plugin.createFlow(flow, 'ACTIVE');
}

const syncs = (plugin: Plugin) => plugin.calls().filter(({ method }) => method === 'sync_tap_resources').length;

/** Somebody deletes what leads to the agent: it notices, and asks for what it has missed. */
async function deletedUnderIt(
  at: BrokerStage,
  proof: Proof,
  believed: Believed,
  remove: (channel: Channel) => Promise<unknown>,
): Promise<void> {
  const { broker, plugin } = at.scene;
  for (let event = 0; event < EVENTS; event += 1) await believed.change(proof.chance, at.ports);
  await believed.reported();
  proof.counted('events', EVENTS);
  const asked = syncs(plugin);
  const link = await broker.connect();
  const channel = await link.createChannel();
  const deleted = Date.now();
  await remove(channel);
  await broker.disconnect(link);
  await castUnheard(at, believed, proof);
  proof.took(CONNECTED, (await takesEvents(at, deleted)) - deleted);
  await answerSync(at, believed, asked);
  await believed.reported();
  proof.took(REPORTED, Date.now() - deleted);
}

function expectInTime(proof: Proof, what: string): void {
  expect(proof.spread(what).worst).toBeLessThan(LIMIT);
}

export function brokerFaults(at: () => BrokerStage): void {
  test.each(losses)('$fault: nothing is lost', (loss) =>
    prove(claim(loss.fault, NOTHING_LOST), async (proof) => {
      // A broker that was killed takes some 8 s to start.
      const often = { short: loss.slow ? 1 : 3, long: 20 };
      await provenBeside(at(), proof, (believed) => brokerLost(at(), proof, believed, loss), often);
      expectInTime(proof, CONNECTED);
    }),
  );

  test('RabbitMQ takes nothing for a while: what happens meanwhile is reported when it does again', () => {
    const mustHold = 'taps come true meanwhile, and are reported within 5 s when it takes messages again';
    return prove(claim('RabbitMQ blocked by its memory alarm', mustHold), async (proof) => {
      await provenBeside(at(), proof, (believed) => brokerBlocked(at(), proof, believed));
      expectInTime(proof, REPORTED);
    });
  });

  const NOTICED = 'noticed within 5 s: bound again, and a sync asked for, which brings what was cast in between';
  test.each(deletions)('$what is deleted: that is noticed', ({ what, remove }) =>
    prove(claim(`${what} deleted; whoever casts next makes the exchange anew`, NOTICED), async (proof) => {
      await provenBeside(at(), proof, (believed) => deletedUnderIt(at(), proof, believed, remove));
      expectInTime(proof, CONNECTED);
    }),
  );
}
