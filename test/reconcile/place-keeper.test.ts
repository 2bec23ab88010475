import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cookieOf } from '../../src/compile/cookie.ts';
import { PLACES } from '../../src/compile/places.ts';
import type { FlowCount, FlowText, PacketOut } from '../../src/openflow/flow.ts';
import { formatPlace } from '../../src/openflow/flow-syntax.ts';
import { PlaceKeeper } from '../../src/reconcile/place-keeper.ts';
import type { PlacePort } from '../../src/reconcile/ports.ts';
import { SwitchError } from '../../src/reconcile/switch-error.ts';
import type { ReconcileTrace } from '../../src/reconcile/trace.ts';
import { flowTables, hostFacts, tunnelBridge } from '../compile/builders.ts';
import { createService, stateAfter, tapService, uuid } from '../tap/builders.ts';

const state = stateAfter(createService(tapService(1, { taasId: 7 })));
const facts = hostFacts([], { tunnel: tunnelBridge('vxlan', '172.30.0.2') });
const arrive: FlowText = {
  bridge: 'tap',
  table: 0,
  priority: 100,
  cookie: cookieOf('arrive', 1),
  match: 'in_port=65200,dl_vlan=7',
  actions: '',
};
const learnt = (vid: number): FlowText => ({
  bridge: 'tunnel',
  ...PLACES,
  cookie: cookieOf('learnt', 1),
  match: 'dl_vlan=7',
  actions: formatPlace(vid, 1),
});

/** A switch with these flows, which does nothing but remember what it was told to do. */
class StillSwitch implements PlacePort {
  flows: readonly FlowText[] = [];
  counts: readonly FlowCount[] = [];
  failing = false;
  readonly sent: PacketOut[] = [];
  readonly steps: unknown[] = [];
  facts = () => facts;
  readFlows = async () => flowTables(this.flows);
  counters = async () => this.counts;
  async apply(step: unknown) {
    this.steps.push(step);
  }
  async sendFrames(_: string, packets: readonly PacketOut[]) {
    if (this.failing) throw new SwitchError('unreachable', 'away');
    this.sent.push(...packets);
  }
}

let on: StillSwitch;
let told: ReconcileTrace[];
let keeper: PlaceKeeper;
beforeEach(() => {
  vi.useFakeTimers();
  on = new StillSwitch();
  told = [];
  keeper = new PlaceKeeper(on, { state }, (event) => told.push(event));
  keeper.start();
});
afterEach(async () => {
  await keeper.stop();
  vi.useRealTimers();
});

const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);

describe('a service that has come here', () => {
  test('is announced at once, four times more within seconds, and each time by another sender', async () => {
    on.flows = [arrive];
    keeper.announce([1]);
    await seconds(0.01);
    expect(on.sent).toHaveLength(1);
    await seconds(60);
    expect(on.sent).toHaveLength(5);
    expect(new Set(on.sent.map(({ frame }) => Buffer.from(frame).toString('hex'))).size).toBe(5);
    expect(new Set(on.sent.map(({ actions }) => actions))).toEqual(new Set(['set_field:0x7->tun_id,resubmit(,32)']));
  });

  test('is not announced any more once it has left', async () => {
    on.flows = [arrive];
    keeper.announce([1]);
    await seconds(0.01);
    on.flows = [];
    await seconds(60);
    expect(on.sent).toHaveLength(1);
  });

  test('is announced later when the switch was away', async () => {
    on.flows = [arrive];
    on.failing = true;
    keeper.announce([1]);
    await seconds(0.01);
    expect(told).toEqual([{ kind: 'places-failed', error: expect.any(SwitchError) }]);
    on.failing = false;
    await seconds(60);
    expect(on.sent.length).toBeGreaterThan(0);
  });
});

test('a place that is no longer answered is asked, and given up', async () => {
  on.flows = [learnt(0)];
  await seconds(50);
  expect(on.steps).toEqual([
    { kind: 'flows', bridge: 'tunnel', mods: [{ command: 'MODIFY_STRICT', flow: learnt(1) }] },
  ]);
  on.flows = [learnt(1)];
  on.counts = [{ cookie: cookieOf('learnt', 1), packets: 5n, bytes: 500n }];
  await seconds(10);
  on.counts = [{ cookie: cookieOf('learnt', 1), packets: 6n, bytes: 600n }];
  await seconds(10);
  expect(on.steps.at(-1)).toEqual({
    kind: 'flows',
    bridge: 'tunnel',
    mods: [{ command: 'DELETE_STRICT', flow: learnt(1) }],
  });
  expect(told).toContainEqual({ kind: 'places-lost', ids: [uuid('service', 1)] });
});
