import fc from 'fast-check';
import type { FlowEntry, Learn, LearnSpec, WireAction } from '../../src/openflow/action.ts';
import { bytesOf, FIELD_NAMES, FIELDS, type FieldName, type Part } from '../../src/openflow/fields.ts';
import {
  type FieldTerm,
  type MatchTerm,
  VLAN_PCP,
  VLAN_PCP_SHIFT,
  VLAN_PRESENT,
} from '../../src/openflow/match-terms.ts';

const width = (field: FieldName) => bytesOf(FIELDS[field].header) * 8;
const upTo = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const port = fc.oneof(fc.integer({ min: 0, max: 0xfeff }), fc.constantFrom(0xfffffff8, 0xfffffffa, 0xfffffffe));

/** Fields that may stand in a match by themselves, and those that only some protocols have. */
const TCP: readonly FieldName[] = ['tcp_src', 'tcp_dst'];
const UDP: readonly FieldName[] = ['udp_src', 'udp_dst'];
const IPV4: readonly FieldName[] = ['ip_src', 'ip_dst'];
const IPV6: readonly FieldName[] = ['ipv6_src', 'ipv6_dst'];
const bound: readonly FieldName[] = [...TCP, ...UDP, ...IPV4, ...IPV6];
const notInMatches: readonly FieldName[] = ['vlan_vid', 'vlan_pcp', 'vlan_tci', 'eth_type', 'nw_proto', 'in_port'];
const free = FIELD_NAMES.filter((name) => !bound.includes(name) && !notInMatches.includes(name));

const exact = (field: FieldName, value: bigint): FieldTerm => ({ field, value, mask: undefined });

function anyTerm(field: FieldName): fc.Arbitrary<FieldTerm> {
  const all = (1n << BigInt(width(field))) - 1n;
  const whole = upTo(width(field)).map((value) => exact(field, value));
  const masked = fc.tuple(upTo(width(field)), fc.bigInt({ min: 1n, max: all - 1n }));
  return fc.oneof(
    whole,
    masked.map(([value, mask]) => ({ field, value: value & mask, mask })),
  );
}

/** What OpenFlow can say of a VLAN: the id masked at will, the priority only as a whole and of a frame that has a tag. */
const anyVlan: fc.Arbitrary<FieldTerm> = fc
  .tuple(upTo(13), fc.bigInt({ min: 1n, max: 0x1fffn }), fc.option(upTo(3), { nil: undefined }))
  .map(([id, idMask, priority]) => {
    const mask = priority === undefined ? idMask : idMask | VLAN_PRESENT | VLAN_PCP;
    const value = priority === undefined ? id & mask : (id & idMask) | VLAN_PRESENT | (priority << VLAN_PCP_SHIFT);
    return { field: 'vlan_tci', value, mask: mask === 0xffffn ? undefined : mask };
  });

const some = (fields: readonly FieldName[]) =>
  fc.subarray([...fields]).chain((names) => fc.tuple(...names.map(anyTerm)) as fc.Arbitrary<FieldTerm[]>);

const protocolTerms: fc.Arbitrary<readonly FieldTerm[]> = fc.oneof(
  fc.constant([]),
  upTo(16).map((type) => [exact('eth_type', type)]),
  ...([0x0800n, 0x86ddn] as const).flatMap((type) => [
    some(type === 0x0800n ? IPV4 : IPV6).map((addresses) => [exact('eth_type', type), ...addresses]),
    ...([6n, 17n] as const).map((protocol) =>
      some([...(type === 0x0800n ? IPV4 : IPV6), ...(protocol === 6n ? TCP : UDP)]).map((rest) => [
        exact('eth_type', type),
        exact('nw_proto', protocol),
        ...rest,
      ]),
    ),
  ]),
);

/** A field of a class that nobody has. */
const anyOpaque: fc.Arbitrary<MatchTerm> = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((value) => ({
  field: 'opaque',
  bytes: Buffer.from([0xab, 0xcd, 0x02, value.length, ...value]).toString('hex'),
}));

const optional = <T>(one: fc.Arbitrary<T>) => fc.oneof(fc.constant([]), fc.tuple(one));

/** Matches in the order of the bytes. */
export const anyMatch: fc.Arbitrary<readonly MatchTerm[]> = fc
  .tuple(some(free), optional(port.map((value) => exact('in_port', BigInt(value)))), optional(anyVlan), protocolTerms)
  .chain(([terms, inPort, vlan, protocol]) =>
    optional(anyOpaque).map((opaque) => {
      const order = (term: MatchTerm) => (FIELD_NAMES as readonly string[]).indexOf(term.field);
      return [...[...terms, ...inPort, ...vlan, ...protocol].sort((a, b) => order(a) - order(b)), ...opaque];
    }),
  );

const anyPart = (least = 1, most = 64): fc.Arbitrary<Part> =>
  fc
    .constantFrom(...FIELD_NAMES.filter((name) => FIELDS[name].bits >= least))
    .chain((field) =>
      fc
        .integer({ min: least, max: Math.min(most, FIELDS[field].bits) })
        .chain((bits) =>
          fc.integer({ min: 0, max: FIELDS[field].bits - bits }).map((offset) => ({ field, offset, bits })),
        ),
    );

const isWhole = ({ field, bits }: Part) => bits === FIELDS[field].bits;
/** In a learnt match a port is written like any port. */
const specValue = (part: Part, wholeIsPort: boolean) =>
  wholeIsPort && isWhole(part) && part.field === 'in_port'
    ? fc.integer({ min: 0, max: 0xfeff }).map(BigInt)
    : upTo(part.bits);

const anySpec: fc.Arbitrary<LearnSpec> = fc.oneof(
  anyPart().map((from): LearnSpec => ({ kind: 'output', from })),
  ...(['match', 'load'] as const).flatMap((kind) => [
    anyPart().chain((to) =>
      specValue(to, kind === 'match').map((value): LearnSpec => ({ kind, to, from: { kind: 'value', value } })),
    ),
    anyPart(1, 16).chain((to) =>
      anyPart(to.bits, to.bits).map((part): LearnSpec => ({ kind, to, from: { kind: 'field', part } })),
    ),
  ]),
);

const u16 = fc.integer({ min: 0, max: 0xffff });
const anyLearn: fc.Arbitrary<Learn> = fc.record({
  kind: fc.constant('learn'),
  table: fc.integer({ min: 0, max: 254 }),
  priority: u16,
  cookie: upTo(64),
  idleTimeout: u16,
  hardTimeout: u16,
  finIdleTimeout: u16,
  finHardTimeout: u16,
  deleteLearned: fc.boolean(),
  sendFlowRemoved: fc.boolean(),
  specs: fc.array(anySpec, { maxLength: 5 }),
});

const anyResubmit: fc.Arbitrary<WireAction> = fc
  .tuple(
    fc.option(fc.integer({ min: 0, max: 0xfeff }), { nil: undefined }),
    fc.option(fc.integer({ min: 0, max: 254 }), { nil: undefined }),
  )
  .filter(([from, table]) => from !== undefined || table !== undefined)
  .map(([from, table]) => ({ kind: 'resubmit', port: from, table }));

const anySetField: fc.Arbitrary<WireAction> = fc
  .constantFrom(...FIELD_NAMES.filter((name) => name !== 'in_port' && name !== 'vlan_tci'))
  .chain((field) => upTo(width(field)).map((value) => ({ kind: 'set_field', field, value })));

/** An action of a type that nobody has, eight bytes and a multiple of them. */
const anyOpaqueAction: fc.Arbitrary<WireAction> = fc
  .uint8Array({ minLength: 4, maxLength: 4 })
  .map((body) => ({ kind: 'opaque-action', bytes: Buffer.from([0x7f, 0x01, 0, 8, ...body]).toString('hex') }));

const { action } = fc.letrec<{ action: WireAction }>((tie) => ({
  action: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      port.map((each): WireAction => ({ kind: 'output', port: each, maxLength: 0 })),
      u16.map((maxLength): WireAction => ({ kind: 'output', port: 0xfffffffd, maxLength })),
      fc
        .tuple(port, fc.integer({ min: 0, max: 0xffffffff }))
        .map(([each, maxLength]): WireAction => ({ kind: 'output_trunc', port: each, maxLength })),
      u16.map((etherType): WireAction => ({ kind: 'push_vlan', etherType })),
      fc.constant<WireAction>({ kind: 'pop_vlan' }),
    ),
    anySetField,
    anyPart().chain((to) => upTo(to.bits).map((value): WireAction => ({ kind: 'load', to, value }))),
    anyPart(1, 16).chain((to) => anyPart(to.bits, to.bits).map((from): WireAction => ({ kind: 'move', from, to }))),
    anyResubmit,
    anyLearn,
    anyOpaqueAction,
    fc.array(tie('action'), { minLength: 1, maxLength: 3 }).map((actions): WireAction => ({ kind: 'clone', actions })),
  ),
}));

/** Actions in the order of the bytes: a meter first, the next table last. */
export const anyActions: fc.Arbitrary<readonly WireAction[]> = fc
  .tuple(
    optional(fc.integer({ min: 1, max: 0xffffffff }).map((id): WireAction => ({ kind: 'meter', id }))),
    fc.array(action, { maxLength: 6 }),
    optional(fc.integer({ min: 0, max: 254 }).map((table): WireAction => ({ kind: 'goto_table', table }))),
  )
  .map((parts) => parts.flat());

export const anyFlow: fc.Arbitrary<FlowEntry> = fc.record({
  table: fc.integer({ min: 0, max: 254 }),
  priority: u16,
  cookie: upTo(64),
  match: anyMatch,
  actions: anyActions,
});
