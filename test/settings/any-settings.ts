import fc from 'fast-check';

const readable = import.meta.filename;

/** Characters that mean something to YAML or to a URL among them. */
const word = (extra: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...`abcXYZ019${extra}`), minLength: 1, maxLength });

const credentials = fc.tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 })).map(([user, password]) => {
  const [left, right] = [user, password].map((text) => encodeURIComponent(text.toWellFormed()));
  return `${left}:${right}@`;
});
const url = (scheme: string) =>
  fc
    .tuple(fc.oneof(fc.constant(''), credentials), word('-', 8), fc.integer({ min: 1, max: 65535 }), word('-_%20', 6))
    .map(([who, host, port, vhost]) => `${scheme}://${who}h${host}h:${port}/${encodeURIComponent(vhost)}`);

const noFiles = fc.constant({ ca: null, cert: null, key: null });
const someFiles = fc.record({
  ca: fc.constantFrom(null, readable),
  cert: fc.constant(readable),
  key: fc.constant(readable),
});

const bus = fc.boolean().chain((tls) =>
  fc.record({
    urls: fc.array(url(tls ? 'amqps' : 'amqp'), { minLength: 1, maxLength: 4 }),
    exchange: word('_.:-', 127),
    tls: tls ? someFiles : noFiles,
  }),
);
// At most 81 bytes: the socket names below the run directory need the rest.
const path = word('/ .#:\'"&*!%@`é', 40).map((text) => `/${text}`);
const ovs = fc.oneof(
  fc.record({ run_dir: path, remote: path.map((at) => `unix:${at}`), tls: noFiles }),
  fc.record({ run_dir: path, remote: fc.constantFrom('tcp:127.0.0.1:6640', 'tcp:[fe80::1]:1'), tls: noFiles }),
  fc.record({
    run_dir: path,
    remote: fc.constant('ssl:ovsdb.example:6640'),
    tls: fc.record({ ca: fc.constant(readable), cert: fc.constant(readable), key: fc.constant(readable) }),
  }),
);
const bridges = fc
  .uniqueArray(
    word('_', 1).chain((first) => word('_.-', 14).map((rest) => first + rest)),
    { minLength: 3, maxLength: 3 },
  )
  .chain(([integration, tap, tunnel]) =>
    fc.constantFrom({ integration, tap, tunnel }, { integration, tap, tunnel: null }),
  );

const tunnel = fc.record({
  mode: fc.constantFrom('auto', 'neutron', 'own', 'off'),
  type: fc.constantFrom('gre', 'vxlan', 'geneve'),
  local_ip: fc.ipV4(),
  key_offset: fc.integer({ min: 0, max: 2 ** 24 - 4095 }),
  peers: fc.array(fc.tuple(word('-.', 20), fc.ipV4()).map(([host, address]) => `${host}=${address}`)),
  truncate_to: fc.option(fc.integer({ min: 64, max: 65_535 })),
});

const log = fc.record({ level: fc.constantFrom('trace', 'debug', 'info', 'warn', 'error', 'fatal') });

/** Settings of taas-agent as a file has them, every one given. */
export const anyAgentSettings = fc.record({
  host: fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 200,
  }),
  bus,
  ovs,
  bridges,
  tunnel,
  state_dir: path,
  port_grace_seconds: fc.double({ min: 0, max: 86_400, noNaN: true }).map((seconds) => seconds + 0),
  mirrors: fc
    .integer({ min: 1, max: 31 })
    .chain((maxIn) => fc.integer({ min: 1, max: 32 - maxIn }).map((maxOut) => ({ max_in: maxIn, max_out: maxOut }))),
  log,
});

const tokens = fc.record({
  strategy: fc.constant('tokens'),
  tokens_file: path.map((at) => `${at}t`),
  noauth_on_any_address: fc.boolean(),
});
const anyHost = fc.oneof(
  fc.constantFrom('localhost', 'a-b.example', '0.0.0.0'),
  fc.ipV4(),
  fc.ipV6().map((at) => `[${at}]`),
);
const taasIds = fc
  .tuple(fc.integer({ min: 1, max: 4094 }), fc.integer({ min: 1, max: 4094 }))
  .map((ends) => `${Math.min(...ends)}..${Math.max(...ends)}`);

/** Settings of taas-server as a file has them, every one given. */
export const anyServerSettings = fc.record({
  listen: fc.tuple(anyHost, fc.integer({ min: 0, max: 65_535 })).map(([host, port]) => `${host}:${port}`),
  database: path.map((at) => `${at}.db`),
  bus,
  auth: fc.oneof(
    tokens,
    tokens.map((auth) => ({ ...auth, strategy: 'noauth', noauth_on_any_address: true })),
  ),
  quota: fc.record({ tap_services: fc.integer({ min: -1 }), tap_flows: fc.integer({ min: -1 }) }),
  taas_id_range: taasIds,
  tls: fc.constantFrom(
    { cert: null, key: null, client_ca: null },
    { cert: readable, key: readable, client_ca: null },
    { cert: readable, key: readable, client_ca: readable },
  ),
  limits: fc.record({
    body_bytes: fc.integer({ min: 1024, max: 104_857_600 }),
    header_bytes: fc.integer({ min: 1024, max: 1_048_576 }),
    request_seconds: fc.integer({ min: 1, max: 3600 }),
    requests_per_minute: fc.nat(),
    page_size: fc.nat(),
  }),
  log,
});
