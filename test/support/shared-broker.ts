import type { TestProject } from 'vitest/node';
import type { Broker, RabbitmqOptions } from './rabbitmq-broker.ts';
import type { ContainerBroker } from './rabbitmq-container.ts';
import { ProcessBroker } from './rabbitmq-processes.ts';
import { SupportError } from './support-error.ts';

/** What TAAS_TEST_BROKER says: processes of this machine, or `container`. */
type Kind = 'processes' | 'container';

type Environment = Readonly<Record<string, string | undefined>>;

const kindOf = (env: Environment): Kind => (env['TAAS_TEST_BROKER'] === 'container' ? 'container' : 'processes');

/** Holds the address of the broker that the test files of this run share: workers inherit it. */
const variableOf = (kind: Kind) => `TAAS_TEST_SHARED_BROKER_${kind.toUpperCase()}`;

/** What is needed for a container has many packages: they are loaded only then. */
async function brokers(kind: Kind): Promise<typeof ProcessBroker | typeof ContainerBroker> {
  return kind === 'container' ? (await import('./rabbitmq-container.ts')).ContainerBroker : ProcessBroker;
}

/** Starts a broker. Throws when it does not start, leaving nothing behind. */
export async function startBroker(options: RabbitmqOptions = {}, kind = kindOf(process.env)): Promise<Broker> {
  const broker = await (await brokers(kind)).prepare(options);
  try {
    await broker.launch();
    return broker;
  } catch (error) {
    await broker.remove();
    throw error;
  }
}

const refuse = () =>
  Promise.reject(new SupportError('command-failed', 'others use this broker: start one of your own to end it'));

/** The broker that the test files of this run share; undefined where the run has none. */
export async function sharedBroker(): Promise<Broker | undefined> {
  const kind = kindOf(process.env);
  const address = process.env[variableOf(kind)];
  if (address === undefined) return undefined;
  const broker = (await brokers(kind)).at(address);
  return {
    url: broker.url,
    tlsUrl: broker.tlsUrl,
    address: () => address,
    launch: refuse,
    halt: refuse,
    remove: refuse,
    ctl: (args) => broker.ctl(args),
    evaluate: (expression) => broker.evaluate(expression),
  };
}

/** For vitest: starts the broker that the test files of a project share, unless another project of the run has done so. */
export async function setup({ config }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const kind = kindOf(config.env ?? {});
  const variable = variableOf(kind);
  if (process.env[variable] !== undefined) return undefined;
  const broker = await startBroker({}, kind);
  process.env[variable] = broker.address();
  return async () => {
    delete process.env[variable];
    await broker.remove();
  };
}
