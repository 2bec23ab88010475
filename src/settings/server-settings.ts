import { z } from 'zod';
import { formatHostAndPort, parseHostAndPort } from './host-and-port.ts';
import { noauthRule, serverTlsRule } from './server-rules.ts';
import { decodedText, pemFile, section, setting, wholeNumber } from './setting-makers.ts';
import { isFilePath } from './setting-values.ts';
import { type SettingsOf, settingsModel } from './settings-model.ts';
import { bus, log } from './shared-settings.ts';
import { formatTaasIdRange, parseTaasIdRange } from './taas-id-range.ts';

const hostAndPort = decodedText(z.object({ host: z.string(), port: z.int() }), parseHostAndPort, formatHostAndPort);
const taasIds = decodedText(z.object({ first: z.int(), last: z.int() }), parseTaasIdRange, formatTaasIdRange);

const file = (path: string, what: string) =>
  setting(z.string().refine(isFilePath).default(path), { expected: `the absolute path of ${what}` });

/** Neutron's convention: -1 is no limit. */
const quota = (what: string, usual: number) =>
  setting(z.int().min(-1).default(usual), {
    expected: `the most ${what} of one project, a whole number, or -1 for no limit`,
  });

const auth = section({
  // Of the two, the one that trusts nobody: who wants noauth has to say so.
  strategy: setting(z.enum(['tokens', 'noauth']).default('tokens'), {
    expected: 'tokens (callers show a token of auth.tokens_file) or noauth (every caller is an administrator)',
  }),
  tokens_file: file('/etc/taas-server/tokens', 'the file with the hashed tokens'),
  noauth_on_any_address: setting(z.boolean().default(false), {
    expected: 'true to let noauth listen on more than loopback addresses, or false',
  }),
});

const limits = section({
  body_bytes: wholeNumber("the most bytes of a request's body", {
    least: 1024,
    most: 104_857_600,
    usual: 1_048_576,
    unit: 'bytes',
  }),
  header_bytes: wholeNumber("the most bytes of a request's headers", {
    least: 1024,
    most: 1_048_576,
    usual: 16_384,
    unit: 'bytes',
  }),
  request_seconds: wholeNumber('how long a request may take to arrive', {
    least: 1,
    most: 3600,
    usual: 30,
    unit: 'seconds',
  }),
  requests_per_minute: wholeNumber('the most requests per minute of one client address (0: no limit)', {
    least: 0,
    usual: 6000,
  }),
  page_size: wholeNumber('the most rows of one list (0: no limit)', { least: 0, usual: 0 }),
});

/** Every setting of the server, with its YAML key, check and default: the one source of all that is known about them. */
const schema = section(
  {
    listen: setting(hostAndPort.prefault('127.0.0.1:9696'), {
      expected: 'the HOST:PORT to listen on, an IPv6 address in brackets, port 0 for any free one',
    }),
    database: file('/var/lib/taas-server/taas.db', 'the database file'),
    bus,
    auth,
    quota: section({ tap_services: quota('tap services', 10), tap_flows: quota('tap flows', 100) }),
    taas_id_range: setting(taasIds.prefault('3900..3999'), {
      expected: 'the numbers that tap services get, FIRST..LAST, each from 1 to 4094',
    }),
    tls: section(
      {
        cert: pemFile("the path of a readable PEM file with the server's certificate"),
        key: pemFile("the path of a readable PEM file with the private key of the server's certificate"),
        client_ca: pemFile("the path of a readable PEM file with the certificates that clients' must be signed by"),
      },
      serverTlsRule,
    ),
    limits,
    log,
  },
  noauthRule,
);

export const serverModel = settingsModel('TAAS_SERVER_', schema);

/** The server's settings, checked and frozen: the schema's tree with its keys in camel case; null stands for "none". */
export type ServerSettings = SettingsOf<typeof serverModel>;
