import { z } from 'zod';
import { pemFile, section, setting } from './setting-makers.ts';
import { isAmqpUrl } from './setting-values.ts';
import { busRule, tlsRule } from './settings-rules.ts';

/** The files of a connection that we open. */
export const clientTls = (of: string, peer: string) =>
  section(
    {
      ca: pemFile(`the path of a readable PEM file with the certificates that ${peer}'s must be signed by`),
      cert: pemFile('the path of a readable PEM file with our own certificate'),
      key: pemFile('the path of a readable PEM file with the private key of our own certificate'),
    },
    tlsRule(`${of}.tls`),
  );

export const bus = section(
  {
    urls: setting(z.array(z.string().refine(isAmqpUrl)).min(1), {
      expected: 'a list of one or more amqp:// or amqps:// URLs',
      entry: 'an amqp:// or amqps:// URL, with any "/", "@", "," or "%" in user and password percent-encoded',
      secret: true,
    }),
    // The characters and length are those of exchange-name in the AMQP 0-9-1 specification.
    exchange: setting(
      z
        .string()
        .regex(/^[A-Za-z0-9_.:-]{1,127}$/)
        .default('neutron'),
      { expected: 'the name of the control exchange, 1 to 127 letters, digits, dots, dashes, colons or underscores' },
    ),
    tls: clientTls('bus', 'the broker'),
  },
  busRule,
);

export const log = section({
  level: setting(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'), {
    expected: 'one of trace, debug, info, warn, error, fatal',
  }),
});
