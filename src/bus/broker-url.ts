import type { Options } from 'amqplib';
import { BusError } from './bus-error.ts';

/** Where a broker is. `masked` is what may be shown; the secret is only in `options`. */
export interface BrokerUrl {
  readonly masked: string;
  readonly options: Readonly<Options.Connect>;
}

/** Shows a broker URL without its password and without its query, which could hold one. */
export function maskUrl(url: URL): string {
  const user = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : ':***'}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}

function defaultPort(protocol: string): number {
  return protocol === 'amqps:' ? 5671 : 5672;
}

/**
 * Reads `amqp://user:password@host:port/vhost` (or amqps) as in https://www.rabbitmq.com/docs/uri-spec. Without user and
 * password it is guest; without a path the virtual host is "/".
 * @throws BusError bad_url. Its message does not repeat the text: it may hold a password.
 */
export function parseBrokerUrl(text: string): BrokerUrl {
  const url = URL.parse(text);
  if (url === null || !/^amqps?:$/.test(url.protocol) || url.hostname === '') {
    throw new BusError('bad_url', 'a broker URL must be amqp://[user:password@]host[:port][/vhost], or amqps://');
  }
  try {
    const credentials =
      url.username === '' && url.password === ''
        ? {}
        : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    const options = {
      protocol: url.protocol.slice(0, -1),
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? defaultPort(url.protocol) : Number(url.port),
      vhost: url.pathname.slice(1),
      ...credentials,
    };
    return { masked: maskUrl(url), options };
  } catch (cause) {
    throw new BusError('bad_url', 'the user or password of a broker URL is not percent-encoded as it should be', {
      cause,
    });
  }
}
