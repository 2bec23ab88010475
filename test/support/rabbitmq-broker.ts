/** PEM files for a TLS listener that demands a client certificate of the same authority. */
export interface BrokerCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface RabbitmqOptions {
  readonly tls?: BrokerCertificates;
}

/** What runs a RabbitMQ for a test: processes of this machine, or a container. Constructed it does not run yet. */
export interface Broker {
  readonly url: string;
  /** For a broker with certificates. */
  readonly tlsUrl: string;
  /** How another process of this machine gets at it, as long as it runs: a text for `borrowBroker`. */
  address(): string;
  /** Starts it, also again after a `halt`, on the same ports and data. Resolves when it takes connections. */
  launch(): Promise<void>;
  /** Ends it for its clients, and not what it keeps; with SIGKILL as a power cut would. */
  halt(signal?: 'SIGKILL'): Promise<void>;
  /** Leaves nothing of it behind. */
  remove(): Promise<void>;
  /** Runs rabbitmqctl against it, which takes most of a second, and answers what it printed. */
  ctl(args: readonly string[]): Promise<string>;
  /** Has it evaluate an Erlang expression, as `rabbitmqctl eval` does, and answers the value in Erlang's notation. */
  evaluate(expression: string): Promise<string>;
}

/** How long a broker may take to start or to stop: a small, busy machine. */
export const START_LIMIT_MS = 90_000;
