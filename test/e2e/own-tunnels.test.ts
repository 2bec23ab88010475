import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { sendFrames } from '../support/send-frames.ts';
import { freshFrames } from './copied.ts';
import { OwnFleet } from './own-fleet.ts';

let fleet: OwnFleet;

beforeAll(async () => {
  fleet = await OwnFleet.start();
});
afterAll(() => fleet?.stop());
afterEach(() => fleet?.clear());

test('the place of the sensor is told: copies go there from the first frame on, and nowhere else', async () => {
  const source = await fleet.vm('source', 1);
  const sensor = await fleet.vm('sensor', 2);
  await fleet.tap(source, sensor);
  const crossing = await fleet.crossing(async () => {
    expect(await fleet.difference(source, sensor, 1)).toBe('');
    expect(await fleet.difference(source, sensor, 20)).toBe('');
  });
  expect(crossing).toEqual({ sent: [21, 0, 0], received: [0, 21, 0] });
});

test('a delete brings silence, and leaves nothing on any host', async () => {
  const source = await fleet.vm('source', 1);
  const sensor = await fleet.vm('sensor', 2);
  const { service, flow } = await fleet.tap(source, sensor);
  expect(await fleet.difference(source, sensor)).toBe('');
  await fleet.api.delete('tap_flow', flow);
  await fleet.api.gone('tap_flow', flow);
  const crossing = await fleet.crossing(() => sendFrames(source, freshFrames(source, 20)));
  expect(crossing).toEqual({ sent: [0, 0, 0], received: [0, 0, 0] });
  await fleet.atRest(1, 3);
  await fleet.api.delete('tap_service', service);
  await fleet.api.gone('tap_service', service);
  await fleet.atRest();
});

test('a source that is unplugged here and plugged there takes its copies along, and leaves nothing behind', async () => {
  const source = await fleet.vm('source', 1);
  const sensor = await fleet.vm('sensor', 2);
  const taps = await fleet.tap(source, sensor);
  await source.unplug();
  await fleet.api.reached('DOWN', 'tap_flow', taps.flow);
  const moved = await fleet.vm('source', 3, source);
  await fleet.active(taps);
  expect(await fleet.hostOf(source)).toBe('host-3');
  const crossing = await fleet.crossing(async () => expect(await fleet.difference(moved, sensor)).toBe(''));
  expect(crossing).toEqual({ sent: [0, 0, 20], received: [0, 20, 0] });
  await fleet.atRest(1);
});

test('a sensor that migrates, plugged at both hosts for a while, is followed by its sources', async () => {
  const source = await fleet.vm('source', 3);
  const sensor = await fleet.vm('sensor', 2);
  const taps = await fleet.tap(source, sensor);
  expect(await fleet.difference(source, sensor)).toBe('');
  const moved = await fleet.vm('sensor', 1, sensor);
  await fleet.active(taps);
  const while2 = await fleet.crossing(async () => expect(await fleet.difference(source, moved)).toBe(''));
  await sensor.unplug();
  await fleet.atRest(2);
  await fleet.active(taps);
  const after = await fleet.crossing(async () => expect(await fleet.difference(source, moved)).toBe(''));
  const toHost1 = { sent: [0, 0, 20], received: [20, 0, 0] };
  expect([while2, after]).toEqual([toHost1, toHost1]);
});

test('a source that comes to the host of its sensor is copied there, and nothing crosses', async () => {
  const source = await fleet.vm('source', 3);
  const sensor = await fleet.vm('sensor', 1);
  const taps = await fleet.tap(source, sensor);
  await source.unplug();
  await fleet.api.reached('DOWN', 'tap_flow', taps.flow);
  const moved = await fleet.vm('source', 1, source);
  await fleet.active(taps);
  const crossing = await fleet.crossing(async () => expect(await fleet.difference(moved, sensor)).toBe(''));
  expect(crossing).toEqual({ sent: [0, 0, 0], received: [0, 0, 0] });
  await fleet.atRest(3);
});

test('a host whose address nobody knows makes the flow an ERROR that says so, until it is known again', async () => {
  const source = await fleet.vm('source', 1);
  const sensor = await fleet.vm('sensor', 2);
  const taps = await fleet.tap(source, sensor);
  const { agent } = fleet.host(2);
  await agent.stop();
  await agent.start({ TAAS_AGENT_TUNNEL_MODE: 'off' });
  await fleet.api.reached('ERROR', 'tap_flow', taps.flow);
  await fleet.api.reached('ACTIVE', 'tap_service', taps.service);
  const givenUp = fleet
    .host(1)
    .agent.log()
    .filter(({ msg }) => msg === 'tap given up: reporting ERROR');
  expect(givenUp.at(-1)?.['reason']).toContain('the tunnel address of host host-2 is not known');
  expect(await fleet.sentWhile(() => sendFrames(source, freshFrames(source, 20)))).toEqual([0, 0, 0]);
  await agent.stop();
  await agent.start();
  await fleet.active(taps);
  expect(await fleet.difference(source, sensor)).toBe('');
});

test('a host that is given another address is sent to there, and its taps stay ACTIVE', async () => {
  const source = await fleet.vm('source', 1);
  const sensor = await fleet.vm('sensor', 3);
  const taps = await fleet.tap(source, sensor);
  const { agent, on } = fleet.host(3);
  await fleet.joined.underlay.addAddress(on, '172.30.0.33');
  await agent.stop();
  await agent.start({ TAAS_AGENT_TUNNEL_LOCAL_IP: '172.30.0.33' });
  const sendsThere = async () => {
    const flows = await fleet.host(1).on.dumpFlows('br-tun');
    return flows.some((flow) => flow.includes('172.30.0.33'));
  };
  await eventually(sendsThere, { what: 'host-1 to send to the new address' });
  expect((await fleet.api.show('tap_flow', taps.flow)).status).toBe('ACTIVE');
  expect(await fleet.difference(source, sensor)).toBe('');
});
