import { cookieOf } from '../../src/compile/cookie.ts';
import type { Action, Flow, Match, VlanMatch } from '../../src/openflow/flow.ts';
import { maskedVlans } from '../../src/tap/vlan-filter.ts';

const MAC = 'fa:16:3e:00:00:01';
const OTHER_MAC = 'fa:16:3e:ff:fe:0a';
/** The greatest number that an ofport and a policy key can have. */
const LAST_OFPORT = 65_279;
const LAST_KEY = 2 ** 28 - 1;

/** Every block that a filter can be cut into: all sizes, first and last place, and single ids. */
const blocks: readonly VlanMatch[] = [
  ...maskedVlans([{ first: 0, last: 4095 }]),
  ...maskedVlans([{ first: 1, last: 4094 }]),
  ...[0, 7, 4095].flatMap((vid) => maskedVlans([{ first: vid, last: vid }])),
].map(({ value, mask }) => ({ kind: 'tagged', vid: value, mask }));

const vlans: readonly (VlanMatch | undefined)[] = [undefined, { kind: 'no-vlan' }, ...blocks];

/** Each way of a capture place: a port, perhaps a VLAN, perhaps addresses. */
const captureMatches: readonly Match[] = [1, 65_001, LAST_OFPORT].flatMap((inPort) =>
  vlans.flatMap((vlan) =>
    [{}, { ethSrc: MAC }, { ethDst: OTHER_MAC }, { ethDst: 'group' }, { ethSrc: MAC, ethDst: 'group' }].map(
      (addresses): Match => ({ inPort, ...(vlan ? { vlan } : {}), ...addresses }),
    ),
  ),
);
const policyMatches: readonly Match[] = [2, 9, 10, LAST_KEY].flatMap((reg0) =>
  vlans.map((vlan) => ({ reg0, ...(vlan ? { vlan } : {}) })),
);
const deliverMatches: readonly Match[] = [1, 10, 3000, 4094].map((reg1) => ({ reg1 }));
const tunnelMatches: readonly Match[] = [1, 9, 10, 4094].flatMap((tunnelKey) =>
  [0, 1, 2].map((vid): Match => ({ tunnelKey, vlan: { kind: 'tagged', vid, mask: 0xfff } })),
);
const leaveMatches: readonly Match[] = [
  ...[1, 15, 65_000].map((reg6) => ({ reg6 })),
  { vlan: { kind: 'tagged', vid: 0, mask: 0 } },
];
const dropMatches: readonly Match[] = [{}];

/** Every match that a flow of ours can have, and some that none has. */
export const matches: readonly Match[] = [
  ...captureMatches,
  ...policyMatches,
  ...deliverMatches,
  ...tunnelMatches,
  ...leaveMatches,
  ...dropMatches,
];

const copy = (value: number, ...before: Action[]): Action => ({
  kind: 'clone',
  actions: [...before, { kind: 'load', register: 'reg0', value }, { kind: 'resubmit', table: 1 }],
});

/** Every list of actions that a flow of ours can have, by shape. */
export const actionLists: readonly (readonly Action[])[] = [
  [],
  [copy(2)],
  [copy(LAST_KEY, { kind: 'pop_vlan' })],
  [copy(2, { kind: 'pop_vlan' }), copy(3), copy(9, { kind: 'pop_vlan' })],
  Array.from({ length: 100 }, (_, index) => copy(2 + index, { kind: 'pop_vlan' })),
  ...[1, 10, 4094].map((value): Action[] => [
    { kind: 'load', register: 'reg1', value },
    { kind: 'resubmit', table: 2 },
  ]),
  ...[1, 15, 16, 255, 256, 4094].map((vid): Action[] => [
    { kind: 'push_vlan', vid },
    { kind: 'output', port: 65_000 },
  ]),
  ...[1, 9, 65_000, LAST_OFPORT].map((port): Action[] => [{ kind: 'pop_vlan' }, { kind: 'output', port }]),
  ...[1, 9, 10, 4094].flatMap((key): Action[][] => [
    [
      { kind: 'set_vlan', vid: key },
      { kind: 'output', port: 65_200 },
      { kind: 'set_tunnel_key', key },
      { kind: 'set_vlan', vid: 2 },
      { kind: 'output_in_port' },
    ],
    [{ kind: 'output', port: 9, maxLength: 64 + key }],
    [
      { kind: 'look_at_sender' },
      { kind: 'set_vlan', vid: key },
      { kind: 'learn_place', table: 30, priority: 20, cookie: cookieOf('learnt', key), vid: 0 },
    ],
  ]),
];

const pops = (action: Action): boolean =>
  action.kind === 'pop_vlan' || action.kind === 'set_vlan' || (action.kind === 'clone' && action.actions.some(pops));
const fewerActions = actionLists.filter((actions) => !actions.some(pops));

/** The switch refuses to take a tag off a frame that by its match may have none. */
function actionsFor(match: Match, index: number): readonly Action[] {
  const lists = match.vlan?.kind === 'tagged' ? actionLists : fewerActions;
  return lists[index % lists.length] ?? [];
}

/** Flows that between them have every match and every list of actions, no two with the same match. */
export const sampleFlows: readonly Flow[] = [
  ...matches.map(
    (match, index): Flow => ({
      bridge: 'tap',
      table: 0,
      priority: 100,
      cookie: cookieOf('capture', index),
      match,
      actions: actionsFor(match, index),
    }),
  ),
  ...actionLists.map(
    (actions, index): Flow => ({
      bridge: 'tap',
      table: index % 3,
      priority: 60_000 + index,
      cookie: cookieOf('service', 2 ** 28 - 1 - index),
      match: { vlan: { kind: 'tagged', vid: 7, mask: 0xfff } },
      actions,
    }),
  ),
];
