import { connect } from 'amqplib';
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer } from 'testcontainers';
import { RABBITMQ_IMAGE } from './docker.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { type Broker, type BrokerCertificates, type RabbitmqOptions, START_LIMIT_MS } from './rabbitmq-broker.ts';
import { SupportError } from './support-error.ts';

const FOLDER = '/etc/rabbitmq/taas-test';
const READABLE = 0o644;

/** Guest may come from outside of the container; TLS as for processes. */
function configuration(tls: BrokerCertificates | undefined): string {
  const lines = ['loopback_users = none', 'listeners.tcp.default = 5672'];
  if (tls) {
    lines.push(
      'listeners.ssl.default = 5671',
      `ssl_options.cacertfile = ${FOLDER}/ca.pem`,
      `ssl_options.certfile = ${FOLDER}/cert.pem`,
      `ssl_options.keyfile = ${FOLDER}/key.pem`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
    );
  }
  return `${lines.join('\n')}\n`;
}

interface Ports {
  readonly amqp: number;
  readonly amqps: number;
}

/** Ports of this machine that stay the same when the container is started again. */
function describeContainer({ tls }: RabbitmqOptions, { amqp, amqps }: Ports): GenericContainer {
  const ports = [{ container: 5672, host: amqp }, ...(tls ? [{ container: 5671, host: amqps }] : [])];
  const files = tls ? Object.entries(tls).map(([name, source]) => ({ name, source: String(source) })) : [];
  return new GenericContainer(RABBITMQ_IMAGE)
    .withExposedPorts(...ports)
    .withStartupTimeout(START_LIMIT_MS)
    .withCopyContentToContainer([
      { content: configuration(tls), target: '/etc/rabbitmq/conf.d/90-taas-test.conf', mode: READABLE },
    ])
    .withCopyFilesToContainer(
      files.map(({ name, source }) => ({ source, target: `${FOLDER}/${name}.pem`, mode: READABLE })),
    );
}

/** Where a broker is. */
interface Place {
  readonly id: string;
  readonly ports: Ports;
}

/** RabbitMQ's official image, run by testcontainers, which also removes it when the tests are killed. */
export class ContainerBroker implements Broker {
  readonly url: string;
  readonly tlsUrl: string;
  readonly #ports: Ports;
  #description: GenericContainer | undefined;
  #container: StartedTestContainer | undefined;
  #id: string | undefined;

  private constructor(ports: Ports) {
    this.#ports = ports;
    this.url = `amqp://127.0.0.1:${ports.amqp}`;
    this.tlsUrl = `amqps://localhost:${ports.amqps}`;
  }

  static async prepare(options: RabbitmqOptions): Promise<ContainerBroker> {
    const ports = { amqp: await freePort(), amqps: await freePort() };
    const broker = new ContainerBroker(ports);
    broker.#description = describeContainer(options, ports);
    return broker;
  }

  /** The broker of another process, to ask it something; that process starts and ends it. */
  static at(address: string): ContainerBroker {
    const { id, ports } = JSON.parse(address) as Place;
    const broker = new ContainerBroker(ports);
    broker.#id = id;
    return broker;
  }

  address(): string {
    if (this.#id === undefined) throw new SupportError('command-failed', 'there is no container');
    return JSON.stringify({ id: this.#id, ports: this.#ports } satisfies Place);
  }

  async launch(): Promise<void> {
    if (this.#id !== undefined) await (await this.#handle()).start();
    else this.#container = await this.#description?.start();
    this.#id ??= this.#container?.getId();
    const reach = async () => {
      const link = await connect(this.url, { timeout: 10_000 });
      await link.close();
      return true;
    };
    await eventually(reach, { what: 'RabbitMQ in its container', timeoutMs: START_LIMIT_MS });
  }

  async halt(signal?: 'SIGKILL'): Promise<void> {
    const handle = await this.#handle();
    if (signal === undefined) await handle.stop({ t: START_LIMIT_MS / 1000 });
    else await handle.kill();
    await handle.wait();
  }

  async remove(): Promise<void> {
    await this.#container?.stop({ remove: true, removeVolumes: true, timeout: START_LIMIT_MS });
    this.#container = undefined;
    this.#id = undefined;
  }

  async ctl(args: readonly string[]): Promise<string> {
    const { container } = await getContainerRuntimeClient();
    const ran = await container.exec(await this.#handle(), ['rabbitmqctl', ...args]);
    if (ran.exitCode === 0) return ran.stdout.replace(/\n$/, '');
    throw new SupportError('command-failed', `rabbitmqctl ${args.join(' ')}: ${ran.output}`);
  }

  evaluate(expression: string): Promise<string> {
    return this.ctl(['eval', `${expression}.`]);
  }

  /** The container as the engine's client has it: testcontainers' own cannot be stopped and started again. */
  async #handle() {
    if (this.#id === undefined) throw new SupportError('command-failed', 'there is no container');
    return (await getContainerRuntimeClient()).container.getById(this.#id);
  }
}
