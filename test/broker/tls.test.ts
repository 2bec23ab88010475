import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TlsFiles } from '../../src/bus/open-connection.ts';
import { FANOUT_EXCHANGE } from '../../src/bus/topology.ts';
import { Certificates } from '../support/broker-certificates.ts';
import { Rabbitmq } from '../support/rabbitmq.ts';
import { BusProbe, tapFlow } from './bus-probe.ts';

let certificates: Certificates;
let broker: Rabbitmq;
let probe: BusProbe;

beforeAll(async () => {
  certificates = await Certificates.make();
  const [ca, cert, key] = ['ca.pem', 'broker.pem', 'broker.key'].map((name) => certificates.path(name));
  broker = await Rabbitmq.start({ tls: { ca: ca ?? '', cert: cert ?? '', key: key ?? '' } });
});
afterEach(() => probe.bus.stop());
afterAll(async () => {
  await broker?.stop();
  await certificates?.remove();
});

function probeWith(tls: TlsFiles): BusProbe {
  probe = new BusProbe({ urls: [broker.tlsUrl], host: 'h', tls });
  return probe;
}

const paths = () => ({
  ca: certificates.path('ca.pem'),
  cert: certificates.path('client.pem'),
  key: certificates.path('client.key'),
});

test('a client certificate, from paths', async () => {
  await probeWith(paths()).startConsuming();
  await broker.publish(FANOUT_EXCHANGE, '', tapFlow(1));
  await probe.taken(1);
});

test('a client certificate, from bytes', async () => {
  const { ca, cert, key } = paths();
  await probeWith({ ca: await readFile(ca), cert: await readFile(cert), key: await readFile(key) }).startConsuming();
});

test('no client certificate: refused by the broker', async () => {
  probeWith({ ca: paths().ca }).bus.start();
  await probe.traced('connect_failed', 2);
  expect(probe.of('consuming')).toEqual([]);
});

test('an authority that we do not know: refused by us', async () => {
  const { cert, key } = paths();
  probeWith({ cert, key }).bus.start();
  expect((await probe.traced('connect_failed')).reason).toMatch(/self-signed|unable to get|unable to verify/);
  expect(probe.of('connected')).toEqual([]);
});

test('a file that is not there is told by its name', async () => {
  probeWith({ ...paths(), key: certificates.path('missing.key') }).bus.start();
  expect((await probe.traced('connect_failed')).reason).toContain('missing.key');
});
