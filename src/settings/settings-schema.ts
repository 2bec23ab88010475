import { hostname } from 'node:os';
import { z } from 'zod';
import { type SettingFacts, settingFacts } from './setting-facts.ts';
import { isAmqpUrl, isOvsdbRemote, isPath, isSocketPath, unreadable } from './setting-values.ts';
import { bridgeRule, busRule, mirrorRule, ovsRule, type Rule, tlsRule } from './settings-rules.ts';

const setting = <T extends z.ZodType>(schema: T, facts: SettingFacts): T => {
  settingFacts.add(schema, facts);
  return schema;
};

/** `own`: the message is a sentence's whole end; other issues are worded from the setting's facts. */
const own = (message: string, path: readonly string[] = []) => ({
  code: 'custom' as const,
  message,
  path: [...path],
  params: { own: true },
});

/** A rule runs also when a value of its section is wrong: all that is wrong is named at once. */
const section = <T extends z.ZodRawShape>(shape: T, rule: Rule = () => undefined) =>
  z
    .strictObject(shape)
    .superRefine((values, context) => rule(values, (path, message) => context.addIssue(own(message, path))), {
      when: () => true,
    });

const pemFile = (what: string) =>
  setting(
    z
      .string()
      .superRefine((path, context) => {
        const fault = unreadable(path);
        if (fault) context.addIssue(own(`must be ${what}, but ${path} ${fault}`));
      })
      .nullable()
      .default(null),
    { expected: `${what}, or null for none` },
  );

const tls = (of: string, peer: string) =>
  section(
    {
      ca: pemFile(`the path of a readable PEM file with the certificates that ${peer}'s must be signed by`),
      cert: pemFile('the path of a readable PEM file with our own certificate'),
      key: pemFile('the path of a readable PEM file with the private key of our own certificate'),
    },
    tlsRule(`${of}.tls`),
  );

/** A bridge is a network device too: IFNAMSIZ leaves 15 characters; a leading '-' or '.' would mislead commands. */
const BRIDGE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;
const BRIDGE_WORDS = '1 to 15 letters, digits, dots, dashes or underscores, no dash or dot in front';

const bridge = (name: string, what: string) =>
  setting(z.string().regex(BRIDGE_NAME).default(name), { expected: `the name of ${what}, ${BRIDGE_WORDS}` });

/** Below the run directory are the sockets of bridges: a slash, 15 characters, ".mgmt". */
const BRIDGE_SOCKET_ROOM = '/123456789012345.mgmt'.length;

const mirrors = (direction: string) =>
  setting(z.int().min(1).max(31).default(14), {
    expected: `the most mirrors that ${direction} copies may use, a whole number from 1 to 31`,
  });

/** Every setting of the agent, with its YAML key, check and default: the one source of all that is known about settings. */
export const settingsSchema = section({
  host: setting(
    z
      .string()
      .regex(/^[!-~]{1,200}$/)
      .default(() => hostname()),
    {
      expected: "this host's name as the control plane knows it, 1 to 200 visible ASCII characters",
      defaultInWords: "the machine's host name",
    },
  ),
  bus: section(
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
        {
          expected: 'the name of the control exchange, 1 to 127 letters, digits, dots, dashes, colons or underscores',
        },
      ),
      tls: tls('bus', 'the broker'),
    },
    busRule,
  ),
  ovs: section(
    {
      run_dir: setting(
        z
          .string()
          .refine((path) => isSocketPath(path, BRIDGE_SOCKET_ROOM))
          .default('/var/run/openvswitch'),
        { expected: "the absolute path of Open vSwitch's run directory, at most 86 bytes as sockets are below it" },
      ),
      remote: setting(z.string().refine(isOvsdbRemote), {
        expected: "the OVSDB server's address: unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, an IPv6 address in brackets",
        defaultInWords: 'unix:<ovs.run_dir>/db.sock',
      }),
      tls: tls('ovs', 'the OVSDB server'),
    },
    ovsRule,
  ),
  bridges: section(
    {
      integration: bridge('br-int', 'the bridge that virtual machines are plugged into'),
      tap: bridge('br-tap', "the agent's own bridge"),
      tunnel: setting(z.string().regex(BRIDGE_NAME).nullable().default('br-tun'), {
        expected: `the name of the bridge with the tunnels, ${BRIDGE_WORDS}, or null for none`,
      }),
    },
    bridgeRule,
  ),
  state_dir: setting(z.string().refine(isPath).default('/var/lib/taas-agent'), {
    expected: 'the absolute path of the folder where taps are kept on disk',
  }),
  // A day at most: Node's timers end at 2^31 ms, and past that they fire at once.
  port_grace_seconds: setting(z.number().min(0).max(86_400).default(30), {
    expected: 'how long a created tap waits for its port before it is an ERROR, a number from 0 to 86400',
    unit: 'seconds',
  }),
  mirrors: section({ max_in: mirrors('IN'), max_out: mirrors('OUT') }, mirrorRule),
  log: section({
    level: setting(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'), {
      expected: 'one of trace, debug, info, warn, error, fatal',
    }),
  }),
});
