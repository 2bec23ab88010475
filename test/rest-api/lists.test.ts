import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PORT, type Served, serve, TOKEN } from './serve.ts';

const FLOWS = '/v2.0/taas/tap_flows';

let served: Served;
const ids: string[] = [];
let service = '';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Created in this order; c alone has a filter, and e alone is of the second service. */
const FLOW_ROWS = [
  { name: 'b', source_port: PORT.web, direction: 'IN', description: 'x' },
  { name: 'a', source_port: PORT.web, direction: 'OUT', description: 'y' },
  { name: 'c', source_port: PORT.db, direction: 'IN', description: 'x', vlan_filter: '7' },
  { name: 'a', source_port: PORT.db, direction: 'BOTH', description: '' },
  { name: 'e & f', source_port: PORT.web, direction: 'IN', description: '' },
];

beforeAll(async () => {
  served = await serve();
  const body = { tap_services: [{ port_id: PORT.sensor }, { port_id: PORT.sensor }] };
  const [first, second] = (await served.ask('POST', '/v2.0/taas/tap_services', { body })).body.tap_services;
  service = second.id;
  for (const row of FLOW_ROWS) {
    const tap_flow = { tap_service_id: row.name === 'e & f' ? second.id : first.id, ...row };
    ids.push((await served.ask('POST', FLOWS, { body: { tap_flow } })).body.tap_flow.id);
  }
  await served.report('tap_flow', String(ids[0]), 'ACTIVE');
});

afterAll(() => served.close());

async function namesOf(query: string): Promise<string> {
  const { body } = await served.ask('GET', `${FLOWS}?${query}`);
  return body.tap_flows.map(({ name }: Named) => name).join(' ');
}

describe('filters', () => {
  test.each([
    ['', 'b a c a e & f'],
    ['name=a', 'a a'],
    ['name=a&name=b', 'b a a'],
    ['name=a&direction=BOTH', 'a'],
    ['name=a&direction=IN', ''],
    ['name=', ''],
    ['name=e+%26%20f', 'e & f'],
    ['description=x&description=y', 'b a c'],
    ['description=', 'a e & f'],
    ['status=ACTIVE', 'b'],
    ['direction=in', ''],
    ['vlan_filter=7', 'c'],
    ['vlan_filter=', 'b a a e & f'],
    [`source_port=${PORT.db.toUpperCase()}`, 'c a'],
    ['source_port=x', ''],
    ['project_id=red&tenant_id=red', 'b a c a e & f'],
    ['project_id=red&tenant_id=blue', ''],
    ['tenant_id=blue', ''],
    ['params=tenant_id&verbose=True&name=b', 'b'],
  ])('%s', async (query, names) => {
    expect(await namesOf(query)).toBe(names);
  });

  test('by ids', async () => {
    expect(await namesOf(`id=${ids[2]}&id=${ids[0]}`)).toBe('b c');
    expect(await namesOf(`tap_service_id=${service}`)).toBe('e & f');
  });

  test.each([
    ['ports', 'name=web', 'web'],
    ['ports', `id=${PORT.db}`, 'db'],
    ['ports', 'status=DOWN', 'db'],
    ['ports', 'mac_address=fa:16:3e:00:00:00', 'sensor'],
    ['ports', 'binding:host_id=host-1&tenant_id=red&device_id=', 'db sensor web'],
    ['ports', 'binding:host_id=host-2', ''],
    ['ports', 'admin_state_up=True&name=db', 'db'],
    ['ports', 'admin_state_up=false', ''],
    ['ports', 'admin_state_up=what', ''],
    ['ports', 'fixed_ips=ip_address%3D10.0.0.1', ''],
    ['networks', 'provider:segmentation_id=11', 'vlan-11'],
    ['networks', 'router:external=False&shared=1&name=vlan-10', 'vlan-10'],
  ])('of %s: %s', async (collection, query, names) => {
    const { body } = await served.ask('GET', `/v2.0/${collection}?${query}`);
    expect(body[collection].map(({ name }: Named) => name).join(' ')).toBe(names);
  });

  test('every attribute that is shown can be filtered by, and its own value finds it', async () => {
    for (const collection of ['taas/tap_services', 'taas/tap_flows', 'ports', 'networks']) {
      const rows = Object.values(
        (await served.ask('GET', `/v2.0/${collection}`, { token: TOKEN.admin })).body,
      )[0] as Named[];
      const row = rows[0] as Named;
      for (const [name, value] of Object.entries(row).filter(([, shown]) => !Array.isArray(shown))) {
        const query = new URLSearchParams({ [name]: String(value ?? '') });
        const answer = await served.ask('GET', `/v2.0/${collection}?${query}`, { token: TOKEN.admin });
        const found = (Object.values(answer.body)[0] as Named[]).map(({ id }) => id);
        expect([collection, name, found]).toEqual([collection, name, expect.arrayContaining([row.id])]);
      }
    }
  });
});

test('fields: only these, of lists and of one; unknown and empty names are passed over', async () => {
  const list = await served.ask('GET', `${FLOWS}?fields=name&fields=tenant_id&fields=nothing&name=c`);
  expect(list.body).toEqual({ tap_flows: [{ name: 'c', tenant_id: 'red' }] });
  expect((await served.ask('GET', `${FLOWS}/${ids[2]}?fields=vlan_filter`)).body).toEqual({
    tap_flow: { vlan_filter: '7' },
  });
  expect((await served.ask('GET', `${FLOWS}/${ids[2]}?fields=`)).body.tap_flow.name).toBe('c');
  expect((await served.ask('GET', `/v2.0/ports/${PORT.web}?fields=binding:host_id`)).body).toEqual({
    port: { 'binding:host_id': 'host-1' },
  });
});

test.each([
  ['sort_key=name&sort_dir=asc', 'a a b c e & f'],
  ['sort_key=name&sort_dir=desc', 'e & f c b a a'],
  ['sort_key=direction&sort_dir=asc&sort_key=name&sort_dir=desc', 'a e & f c b a'],
  // Null first.
  ['sort_key=vlan_filter&sort_dir=asc', 'b a a e & f c'],
  ['sort_key=vlan_filter&sort_dir=desc', 'c b a a e & f'],
  ['sort_key=&sort_dir=', 'b a c a e & f'],
])('%s', async (query, names) => {
  expect(await namesOf(query)).toBe(names);
});

describe('pages', () => {
  async function page(query: string) {
    const { body } = await served.ask('GET', `${FLOWS}?${query}`);
    const links = (body.tap_flows_links ?? []) as readonly { readonly rel: string; readonly href: string }[];
    const found = body.tap_flows.map(({ id }: Named) => ids.indexOf(id)).join('');
    return { found, rels: links.map(({ rel }) => rel).join(' '), links };
  }

  test.each([
    ['limit=2', () => '', '01', 'next previous'],
    ['limit=2&marker=', () => ids[1], '23', 'next previous'],
    ['limit=2&marker=', () => ids[3], '4', 'previous'],
    ['limit=5', () => '', '01234', 'next previous'],
    ['limit=6', () => '', '01234', 'previous'],
    ['limit=2&marker=', () => ids[4], '', 'previous'],
    ['limit=2&marker=', () => 'unknown', '', 'previous'],
    ['limit=2&page_reverse=True', () => '', '34', 'next previous'],
    ['limit=2&page_reverse=true&marker=', () => ids[3], '12', 'next previous'],
    ['limit=2&page_reverse=True&marker=', () => ids[1], '0', 'next'],
    ['limit=2&page_reverse=True&marker=', () => ids[0], '', 'next'],
    ['limit=0', () => '', '01234', ''],
    ['marker=', () => ids[1], '01234', ''],
    ['limit=1&limit=2', () => '', '01', 'next previous'],
  ])('%s', async (query, marker, found, rels) => {
    expect(await page(`${query}${marker()}`)).toMatchObject({ found, rels });
  });

  test('links lead on with all other parameters, on the address that the client used', async () => {
    const query = 'name=a&limit=1&name=c&fields=id&sort_key=name&sort_dir=desc';
    const first = await page(query);
    expect(first.found).toBe('2');
    expect(first.links).toEqual([
      { rel: 'next', href: `${served.url}${FLOWS}?${query}&marker=${ids[2]}` },
      { rel: 'previous', href: `${served.url}${FLOWS}?${query}&marker=${ids[2]}&page_reverse=True` },
    ]);
    const back = await page(`page_reverse=True&${query}&marker=${ids[1]}`);
    expect(back.links).toEqual(first.links);
  });

  test.each([
    ['limit=2', '0123443210'],
    ['limit=2&sort_key=name&sort_dir=asc', '1302442031'],
  ])('who follows the links of %s goes through all, and back', async (query, way) => {
    let seen = '';
    for (const rel of ['next', 'previous']) {
      let at: string | undefined = rel === 'next' ? query : `${query}&page_reverse=True`;
      while (at !== undefined) {
        const { found, links } = await page(at);
        seen += rel === 'next' ? found : [...found].reverse().join('');
        at = links.find((link) => link.rel === rel)?.href.split('?')[1];
      }
    }
    expect(seen).toBe(way);
  });

  test("the server's cap holds for all, and the rest can be had", async () => {
    const capped = await serve({ limits: { pageSize: 2 } });
    try {
      const list = async (query: string) => (await capped.ask('GET', `/v2.0/ports?fields=name&${query}`)).body;
      expect((await list('')).ports).toEqual([{ name: 'db' }, { name: 'sensor' }]);
      expect((await list('limit=0')).ports).toHaveLength(2);
      expect((await list('limit=9')).ports).toHaveLength(2);
      expect((await list('limit=1')).ports).toHaveLength(1);
      const [next] = (await list('')).ports_links;
      expect((await list(next.href.split('?')[1])).ports).toEqual([{ name: 'web' }]);
    } finally {
      await capped.close();
    }
  });
});
