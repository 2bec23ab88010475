import { isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import { bridgeRule, mirrorRule, ovsRule, tunnelRule } from './agent-rules.ts';
import { section, setting, wholeNumber } from './setting-makers.ts';
import { isOvsdbRemote, isPath, isSocketPath } from './setting-values.ts';
import { type SettingsOf, settingsModel } from './settings-model.ts';
import { bus, clientTls, log } from './shared-settings.ts';

/** A bridge is a network device too: IFNAMSIZ leaves 15 characters; a leading '-' or '.' would mislead commands. */
const BRIDGE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;
const BRIDGE_WORDS = '1 to 15 letters, digits, dots, dashes or underscores, no dash or dot in front';

const bridge = (name: string, what: string) =>
  setting(z.string().regex(BRIDGE_NAME).default(name), { expected: `the name of ${what}, ${BRIDGE_WORDS}` });

/** Below the run directory are the sockets of bridges: a slash, 15 characters, ".mgmt". */
const BRIDGE_SOCKET_ROOM = '/123456789012345.mgmt'.length;

/** What a VXLAN and a Geneve header have room for. */
const MAX_TUNNEL_KEY = 2 ** 24 - 1;
const MAX_TAAS_ID = 4094;
/** Bytes of a frame: from the least that Ethernet sends (IEEE 802.3, clause 4A.4.2) to the most that IPv4 can carry (RFC 791). */
const TRUNCATION = { least: 64, most: 65_535 };
const PEER = /^[!-<>-~]{1,200}=(?<address>[\d.]+)$/;

function isPeer(text: string): boolean {
  return isIPv4(PEER.exec(text)?.groups?.['address'] ?? '');
}

const mirrors = (direction: string) =>
  wholeNumber(`the most mirrors that ${direction} copies may use`, { least: 1, most: 31, usual: 14 });

/** Every setting of the agent, with its YAML key, check and default: the one source of all that is known about them. */
const schema = section({
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
  bus,
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
        defaultFrom: { key: 'ovs.run_dir', follow: (directory) => `unix:${directory}/db.sock` },
      }),
      tls: clientTls('ovs', 'the OVSDB server'),
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
  tunnel: section(
    {
      mode: setting(z.enum(['auto', 'neutron', 'own', 'off']).default('auto'), {
        expected:
          "whose tunnels carry copies to other hosts, one of auto (Neutron's where they are, else our own if tunnel.local_ip is set), neutron, own, off",
      }),
      type: setting(z.enum(['gre', 'vxlan', 'geneve']).default('vxlan'), {
        expected: 'the kind of our own tunnels, one of gre, vxlan, geneve',
      }),
      local_ip: setting(z.ipv4().nullable().default(null), {
        expected: "this host's IPv4 address in the network between the hosts, or null for no tunnels of our own",
      }),
      key_offset: wholeNumber('what is added to a taas_id to make the key of our own tunnels', {
        least: 0,
        most: MAX_TUNNEL_KEY - MAX_TAAS_ID,
        usual: 0,
      }),
      peers: setting(z.array(z.string().refine(isPeer)).default([]), {
        expected: 'where our own tunnels reach hosts of which taas-server does not tell it, a list of HOST=ADDRESS',
        entry: 'HOST=ADDRESS, with an IPv4 address',
      }),
      truncate_to: setting(z.int().min(TRUNCATION.least).max(TRUNCATION.most).nullable().default(null), {
        expected: `the most that copies to other hosts keep of a frame, a whole number from ${TRUNCATION.least} to ${TRUNCATION.most}, or null for all of it`,
        unit: 'bytes',
      }),
    },
    tunnelRule,
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
  log,
});

export const agentModel = settingsModel('TAAS_AGENT_', schema);

/**
 * The agent's settings, checked and frozen: the schema's tree with its keys in camel case. Times are in seconds, paths
 * absolute; null stands for "none".
 */
export type AgentSettings = SettingsOf<typeof agentModel>;
