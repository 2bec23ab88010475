import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChannelModel, type ConsumeMessage, connect, type Options } from 'amqplib';
import { execa } from 'execa';

const SCRIPTS = '/usr/lib/rabbitmq/bin';
const LIMIT_MS = 90_000;

/** PEM files for a TLS listener that demands a client certificate of the same authority. */
export interface BrokerCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface RabbitmqOptions {
  readonly tls?: BrokerCertificates;
}

interface Ports {
  readonly amqp: number;
  readonly amqps: number;
  readonly distribution: number;
  readonly epmd: number;
}

async function until<T>(what: string, probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await delay(50)) {
    const found = await probe();
    if (found !== undefined) return found;
  }
  throw new Error(`no ${what} within ${LIMIT_MS} ms`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Below the range of outgoing connections, so that a broker finds its port free again after a restart. */
async function freePort(): Promise<number> {
  return until('free port', async () => {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    return (await isFree(port)) ? port : undefined;
  });
}

/** The live descendants of a process; a zombie is dead, whoever has yet to reap it. */
function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const stat = statOf(Number(name));
    if (stat && stat.state !== 'Z') parents.set(Number(name), stat.parent);
  }
  const below = (pid: number): number[] =>
    [...parents].filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]) };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z';
}

/** Starts a process that the kernel kills with us, however we end. */
function spawnTied(file: string, args: readonly string[], env: Record<string, string>) {
  const child = execa('setpriv', ['--pdeathsig', 'KILL', file, ...args], {
    env,
    extendEnv: false,
    stdio: 'ignore',
    reject: false,
  });
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  return child;
}

type Tied = ReturnType<typeof spawnTied>;

async function endProcess(child: Tied, signal: NodeJS.Signals): Promise<void> {
  const pid = child.pid;
  if (pid === undefined) return;
  const family = descendants(pid);
  child.kill(signal);
  const slow = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await child;
  clearTimeout(slow);
  await until('end of the broker’s helpers', () => (family.some(isAlive) ? undefined : true));
}

/** What has reached a queue, as it comes. */
export interface Collector {
  readonly queue: string;
  readonly messages: readonly ConsumeMessage[];
  /** Resolves with the first message for which `match` holds, past or to come. */
  find(match: (message: ConsumeMessage) => boolean): Promise<ConsumeMessage>;
  close(): Promise<void>;
}

/** A RabbitMQ of one's own: private folder, ports, node name, epmd and cookie; on loopback only. */
export class Rabbitmq {
  readonly url: string;
  readonly tlsUrl: string;
  readonly #folder: string;
  readonly #ports: Ports;
  readonly #node: string;
  #epmd: Tied | undefined;
  #broker: Tied | undefined;
  readonly #links = new Set<ChannelModel>();
  readonly #onExit = () => this.#abandon();

  private constructor(folder: string, ports: Ports) {
    this.#folder = folder;
    this.#ports = ports;
    this.#node = `taas-test-${ports.amqp}@localhost`;
    this.url = `amqp://127.0.0.1:${ports.amqp}`;
    this.tlsUrl = `amqps://localhost:${ports.amqps}`;
  }

  static async start(options: RabbitmqOptions = {}): Promise<Rabbitmq> {
    const folder = mkdtempSync(join(tmpdir(), 'taas-rabbitmq-'));
    const ports = {
      amqp: await freePort(),
      amqps: await freePort(),
      distribution: await freePort(),
      epmd: await freePort(),
    };
    const broker = new Rabbitmq(folder, ports);
    process.once('exit', broker.#onExit);
    try {
      broker.#configure(options);
      await broker.#launch();
      return broker;
    } catch (error) {
      await broker.stop();
      throw error;
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #configure({ tls }: RabbitmqOptions): void {
    for (const name of ['home', 'mnesia', 'log']) mkdirSync(this.#path(name));
    const lines = [`listeners.tcp.1 = 127.0.0.1:${this.#ports.amqp}`, 'disk_free_limit.absolute = 1MB'];
    if (tls) {
      lines.push(
        `listeners.ssl.1 = 127.0.0.1:${this.#ports.amqps}`,
        `ssl_options.cacertfile = ${tls.ca}`,
        `ssl_options.certfile = ${tls.cert}`,
        `ssl_options.keyfile = ${tls.key}`,
        'ssl_options.verify = verify_peer',
        'ssl_options.fail_if_no_peer_cert = true',
      );
    }
    writeFileSync(this.#path('rabbitmq.conf'), `${lines.join('\n')}\n`);
    writeFileSync(this.#path('plugins'), '[].\n');
    // Erlang looks localhost up here, and so starts no resolver process.
    writeFileSync(this.#path('inetrc'), '{host,{127,0,0,1},["localhost"]}.\n{lookup,[file]}.\n');
  }

  #environment(): Record<string, string> {
    const loopback = '-kernel inet_dist_use_interface {127,0,0,1}';
    return {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: this.#path('home'),
      LANG: 'C.UTF-8',
      ERL_EPMD_PORT: String(this.#ports.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_INETRC: this.#path('inetrc'),
      ERL_CRASH_DUMP_SECONDS: '0',
      RABBITMQ_NODENAME: this.#node,
      RABBITMQ_DIST_PORT: String(this.#ports.distribution),
      RABBITMQ_MNESIA_BASE: this.#path('mnesia'),
      RABBITMQ_LOG_BASE: this.#path('log'),
      RABBITMQ_PID_FILE: this.#path('pid'),
      RABBITMQ_CONFIG_FILE: this.#path('rabbitmq.conf'),
      RABBITMQ_CONF_ENV_FILE: this.#path('no-environment-file'),
      RABBITMQ_ENABLED_PLUGINS_FILE: this.#path('plugins'),
      // With input allowed the script becomes the Erlang VM, instead of a shell that waits for it: one pid to end.
      RABBITMQ_ALLOW_INPUT: 'true',
      RABBITMQ_SERVER_START_ARGS: '-noinput',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: loopback,
      RABBITMQ_CTL_ERL_ARGS: loopback,
    };
  }

  async #launch(): Promise<void> {
    const env = this.#environment();
    const epmdArgs = ['-port', String(this.#ports.epmd), '-address', '127.0.0.1'];
    // Ours, in the foreground: left to itself the VM starts one that outlives it.
    this.#epmd ??= spawnTied('epmd', epmdArgs, env);
    await until('epmd', () => answers(this.#ports.epmd));
    const broker = spawnTied(`${SCRIPTS}/rabbitmq-server`, [], env);
    this.#broker = broker;
    await until('answer of RabbitMQ', async () => {
      if (broker.exitCode !== null && broker.exitCode !== undefined) throw new Error(`RabbitMQ ended: ${this.#log()}`);
      const link = await connect(this.url, { timeout: 10_000 }).catch(() => undefined);
      await link?.close();
      return link === undefined ? undefined : true;
    });
  }

  #log(): string {
    const log = this.#path('log');
    return readdirSync(log)
      .map((name) => readFileSync(join(log, name), 'utf8').slice(-4_000))
      .join('\n');
  }

  /** Ends the broker, and not what it keeps; with SIGKILL as a power cut would. */
  async halt(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.#broker) await endProcess(this.#broker, signal);
    this.#broker = undefined;
  }

  /** Starts it again after a `halt`, on the same ports and data. */
  async resume(): Promise<void> {
    await this.#launch();
  }

  async restart(): Promise<void> {
    await this.halt();
    await this.resume();
  }

  /** Leaves no process and no file behind. */
  async stop(): Promise<void> {
    await Promise.all([...this.#links].map((link) => link.close().catch(() => undefined)));
    await this.halt();
    if (this.#epmd) await endProcess(this.#epmd, 'SIGTERM');
    this.#epmd = undefined;
    process.off('exit', this.#onExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #abandon(): void {
    this.#broker?.kill('SIGKILL');
    this.#epmd?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Runs rabbitmqctl against this broker and answers what it printed. */
  async ctl(...args: string[]): Promise<string> {
    const { stdout } = await execa(`${SCRIPTS}/rabbitmqctl`, args, {
      env: this.#environment(),
      extendEnv: false,
      stdin: 'ignore',
    });
    return stdout;
  }

  /** A connection of a test's own, closed at the latest by `stop`. A lost one is no error to the test. */
  async connect(url: string = this.url): Promise<ChannelModel> {
    const link = await connect(url, { timeout: 10_000 });
    link.on('error', () => undefined);
    link.on('close', () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  /** Publishes with confirm. An exchange that is missing rejects; nobody need listen. */
  async publish(exchange: string, routingKey: string, body: string | Buffer, options: Options.Publish = {}) {
    const link = await this.connect();
    try {
      const channel = await link.createConfirmChannel();
      channel.on('error', () => undefined);
      channel.publish(exchange, routingKey, Buffer.from(body), { deliveryMode: 2, ...options });
      await channel.waitForConfirms();
    } finally {
      await link.close();
    }
  }

  /**
   * Collects what reaches the exchange (a topic exchange made if missing, as Neutron's) with a routing key, through a
   * queue that lasts as long as the collector.
   */
  async collect(exchange: string, routingKey: string): Promise<Collector> {
    const link = await this.connect();
    const channel = await link.createChannel();
    await channel.assertExchange(exchange, 'topic', { durable: false });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, exchange, routingKey);
    return collectFrom(link, queue);
  }

  /** Collects what a queue that is there holds and gets. */
  async collectQueue(queue: string): Promise<Collector> {
    return collectFrom(await this.connect(), queue);
  }
}

async function collectFrom(link: ChannelModel, queue: string): Promise<Collector> {
  const channel = await link.createChannel();
  const messages: ConsumeMessage[] = [];
  await channel.consume(queue, (message) => void (message && messages.push(message)), { noAck: true });
  return {
    queue,
    messages,
    find: (match) => until('such message', () => messages.find(match)),
    close: () => link.close(),
  };
}

function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
