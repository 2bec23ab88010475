import { cookieOf, policyKey, readCookie } from '../../src/compile/cookie.ts';
import type { DesiredState } from '../../src/tap/desired-state.ts';
import type { ApiRow } from '../support/api-client.ts';
import { eventually } from '../support/eventually.ts';
import type { Fleet, FleetHost } from '../support/fleet.ts';
import { heldTaps } from '../support/held-taps.ts';

/** The cookies of what a switch has for taps: policy flows, one for each way of a tap flow, and service flows. */
async function cookiesOn({ on }: FleetHost): Promise<readonly bigint[]> {
  const flows = [...(await on.dumpFlows('br-tap')), ...(await on.dumpFlows('br-int'))];
  const cookies = flows.map((flow) => BigInt(/cookie=(0x[0-9a-f]+)/.exec(flow)?.[1] ?? 0));
  return cookies.filter((cookie) => ['policy', 'service'].includes(readCookie(cookie)?.stage ?? ''));
}

const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id).sort();
const sorted = (cookies: readonly bigint[]) => cookies.map(String).sort();

function expectedCookies(held: DesiredState, flows: readonly ApiRow[]): readonly bigint[] {
  const policies = flows.flatMap(({ id, direction }) => {
    const ways = direction === 'BOTH' ? (['IN', 'OUT'] as const) : [direction as 'IN' | 'OUT'];
    return ways.map((way) => cookieOf('policy', policyKey(held.tapFlows.get(id)?.number ?? 0, way)));
  });
  return [...policies, ...[...held.tapServices.values()].map(({ number }) => cookieOf('service', number))];
}

function differs(what: string, left: readonly string[], right: readonly string[]): string[] {
  const surplus = left.filter((entry) => !right.includes(entry));
  const missing = right.filter((entry) => !left.includes(entry));
  if (surplus.length + missing.length === 0 && left.length === right.length) return [];
  return [`${what}: ${surplus.length} too many (${surplus[0]}), ${missing.length} missing (${missing[0]})`];
}

/** How the server's rows, what the agent of the only host holds, and its switch differ; none when they agree. */
async function differences({ api, host }: Fleet): Promise<readonly string[]> {
  const [services, flows] = [await api.list('tap_service'), await api.list('tap_flow')];
  const restless = [...services, ...flows].filter(({ status }) => status !== 'ACTIVE');
  const held = await heldTaps(host.agent.stateDir);
  return [
    ...restless.slice(0, 1).map(({ id, status }) => `${restless.length} rows are not ACTIVE: ${id} is ${status}`),
    ...differs('services held', [...held.tapServices.keys()].sort(), idsOf(services)),
    ...differs('flows held', [...held.tapFlows.keys()].sort(), idsOf(flows)),
    ...differs('flows on the switch', sorted(await cookiesOn(host)), sorted(expectedCookies(held, flows))),
  ];
}

/** Waits until the rows of the server, the taps of its only host's agent and the switch are the same, all of them ACTIVE. */
export async function agreement(fleet: Fleet): Promise<void> {
  const agree = async () => {
    const found = await differences(fleet);
    if (found.length > 0) throw new Error(found.join('; '));
    return true;
  };
  await eventually(agree, { what: 'server, agent and switch to agree', timeoutMs: 90_000, intervalMs: 200 });
}
