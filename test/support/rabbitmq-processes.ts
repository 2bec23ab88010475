import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { execa } from 'execa';
import { eventually } from './eventually.ts';
import { addFolder, type Folder } from './folder.ts';
import { freePort } from './free-port.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { type Broker, type RabbitmqOptions, START_LIMIT_MS } from './rabbitmq-broker.ts';
import { SupportError } from './support-error.ts';

const SCRIPTS = '/usr/lib/rabbitmq/bin';

interface Ports {
  readonly amqp: number;
  readonly amqps: number;
  readonly distribution: number;
  readonly epmd: number;
}

/** Where a broker is. */
interface Place {
  readonly folder: string;
  readonly ports: Ports;
}

/** Debian's RabbitMQ with a private folder, ports, node name, epmd and cookie; on loopback only. */
export class ProcessBroker implements Broker {
  readonly url: string;
  readonly tlsUrl: string;
  /** Its private folder. */
  readonly folder: string;
  readonly #ports: Ports;
  readonly #node: string;
  #removeFolder: Folder['remove'] | undefined;
  #epmd: RunningProcess | undefined;
  #broker: RunningProcess | undefined;

  private constructor({ folder, ports }: Place) {
    this.folder = folder;
    this.#ports = ports;
    this.#node = `taas-test-${ports.amqp}@localhost`;
    this.url = `amqp://127.0.0.1:${ports.amqp}`;
    this.tlsUrl = `amqps://localhost:${ports.amqps}`;
  }

  static async prepare(options: RabbitmqOptions): Promise<ProcessBroker> {
    const ports = {
      amqp: await freePort(),
      amqps: await freePort(),
      distribution: await freePort(),
      epmd: await freePort(),
    };
    const folder = await addFolder('rabbitmq');
    const broker = new ProcessBroker({ folder: folder.path, ports });
    broker.#removeFolder = folder.remove;
    broker.#configure(options);
    return broker;
  }

  /** The broker of another process, to ask it something; that process starts and ends it. */
  static at(address: string): ProcessBroker {
    return new ProcessBroker(JSON.parse(address) as Place);
  }

  address(): string {
    return JSON.stringify({ folder: this.folder, ports: this.#ports } satisfies Place);
  }

  #path(name: string): string {
    return join(this.folder, name);
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
      // Schedulers that wait give their core back at once (erl(1)): tests have few.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `${loopback} +sbwt none +sbwtdcpu none +sbwtdio none`,
      RABBITMQ_CTL_ERL_ARGS: loopback,
    };
  }

  async launch(): Promise<void> {
    if (this.#broker?.isRunning()) {
      // It may refuse while the rest of it still stops, and says so in its answer only.
      const start = async () => {
        await this.evaluate('rabbit:start()');
        return await this.#reach();
      };
      await eventually(start, { what: 'RabbitMQ to start again', timeoutMs: START_LIMIT_MS });
      return;
    }
    const env = this.#environment();
    const epmdArgs = ['-port', String(this.#ports.epmd), '-address', '127.0.0.1'];
    // Ours, in the foreground: left to itself the VM starts one that outlives it.
    this.#epmd ??= await startProcess('epmd', epmdArgs, { env });
    await eventually(() => answers(this.#ports.epmd), { what: 'epmd' });
    const broker = await startProcess(`${SCRIPTS}/rabbitmq-server`, [], { env });
    this.#broker = broker;
    const reach = async () => {
      if (!broker.isRunning()) throw new SupportError('process-ended', `RabbitMQ ended: ${this.#log()}`);
      return await this.#reach();
    };
    await eventually(reach, { what: 'RabbitMQ', timeoutMs: START_LIMIT_MS });
  }

  /** Throws when it takes no connection. */
  async #reach(): Promise<true> {
    const link = await connect(this.url, { timeout: 10_000 });
    await link.close();
    return true;
  }

  #log(): string {
    const log = this.#path('log');
    return readdirSync(log)
      .map((name) => readFileSync(join(log, name), 'utf8').slice(-4_000))
      .join('\n');
  }

  /** The numbers of all that runs for this broker: Erlang's machine, whatever it started, and epmd. */
  processes(): number[] {
    return processesNaming(this.folder);
  }

  /** Without a signal as `rabbitmqctl stop_app` does: Erlang's machine, which takes long to start, goes on. */
  async halt(signal?: 'SIGKILL'): Promise<void> {
    if (signal === undefined) await this.evaluate('rabbit:stop()');
    else await this.#kill();
  }

  async #kill(): Promise<void> {
    await this.#broker?.stop('SIGKILL');
    this.#broker = undefined;
    // Erlang's helpers end by themselves when it has.
    const rest = this.#epmd === undefined ? 0 : 1;
    await eventually(() => this.processes().length <= rest, { what: 'the end of RabbitMQ’s helpers' });
  }

  async remove(): Promise<void> {
    try {
      await this.#kill();
    } finally {
      await this.#epmd?.stop();
      this.#epmd = undefined;
      await this.#removeFolder?.();
    }
  }

  async ctl(args: readonly string[]): Promise<string> {
    const { stdout } = await execa(`${SCRIPTS}/rabbitmqctl`, args, {
      env: this.#environment(),
      extendEnv: false,
      stdin: 'ignore',
    });
    return stdout;
  }

  /**
   * By erl_call(1), of Erlang: it takes some 20 ms. The cookie it finds in HOME. It is a node itself: the names that it would
   * invent (-r) are the same for two that begin in the same moment, and the broker refuses the second.
   */
  async evaluate(expression: string): Promise<string> {
    const name = `asks-${randomUUID()}`;
    const { stdout } = await execa('erl_call', ['-h', name, '-name', this.#node, '-timeout', '60', '-e'], {
      env: this.#environment(),
      extendEnv: false,
      input: `${expression}.\n`,
    });
    const value = /^\{ok, (.*)\}$/s.exec(stdout.trim())?.[1];
    if (value === undefined) throw new SupportError('command-failed', `RabbitMQ cannot do ${expression}: ${stdout}`);
    return value;
  }
}

/** The numbers of the processes that live and have this path in their environment. */
export function processesNaming(path: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`${path}/`))
    .map(Number);
}

/** Empty for a process that has just ended, or is a zombie. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EACCES'].includes(String(error.code)))
      return '';
    throw error;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
