import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/openflow/bytes.ts';
import type { FlowText } from '../../src/openflow/flow.ts';
import { readFlowText, toFlowText } from '../../src/openflow/flow-entry.ts';
import { encodeFlowMod } from '../../src/openflow/flow-mod.ts';
import { formatFlow } from '../../src/openflow/flow-syntax.ts';
import { takeInstructions } from '../../src/openflow/instruction-wire.ts';
import { takeMatch } from '../../src/openflow/match-wire.ts';
import { OpenflowError } from '../../src/openflow/openflow-error.ts';
import { cases } from '../support/times.ts';
import { anyFlow } from './any-flow.ts';
import { throughBytes } from './flow-bytes.ts';
import { sampleFlows } from './flow-samples.ts';
import { writtenActions, writtenMatches } from './written-flows.ts';

const base: FlowText = { bridge: 'tap', table: 3, priority: 100, cookie: 7n, match: '', actions: 'drop' };
const written: readonly FlowText[] = [
  ...writtenMatches.map((match) => ({ ...base, match })),
  ...writtenActions.map((actions) => ({ ...base, actions })),
  { ...base, actions: 'meter:1,output:1,goto_table:7' },
];
const thereAndBack = (flows: readonly FlowText[]) =>
  throughBytes(flows.map(readFlowText)).map((entry) => toFlowText('tap', entry));

describe('a flow is the same', () => {
  test('text, value, bytes, value, text: ours', () => {
    const flows = sampleFlows.map(formatFlow);
    expect(thereAndBack(flows)).toEqual(flows);
  });

  test('text, value, bytes, value, text: all that we can say', () => {
    expect(thereAndBack(written)).toEqual(written);
  });

  test('value, bytes, value', () => {
    fc.assert(
      fc.property(fc.array(anyFlow, { maxLength: 3 }), (flows) => {
        expect(throughBytes(flows)).toEqual(flows);
      }),
      { numRuns: cases(1000) },
    );
  });

  test('value, text, value', () => {
    fc.assert(
      fc.property(anyFlow, (flow) => {
        // Only the order of the terms may change: text has them as the switch prints them.
        const again = throughBytes([readFlowText(toFlowText('tap', flow))]);
        expect(again).toEqual([flow]);
      }),
      { numRuns: cases(1000) },
    );
  });

  test('in a change that is sent', () => {
    for (const flow of written) {
      const bytes = encodeFlowMod({ command: 'ADD', flow }, 1);
      const body = new ByteReader(bytes.subarray(48));
      const [match, actions] = [takeMatch(body), takeInstructions(body)];
      expect(toFlowText('tap', { ...base, match, actions })).toEqual(flow);
    }
  });
});

describe('other spellings of ovs-ofctl mean the same', () => {
  test.each([
    ['dl_vlan=0x7', 'dl_vlan=7'],
    ['vlan_vid=0x1007', 'dl_vlan=7'],
    ['vlan_vid=0x1010/0x1ff0', 'vlan_tci=0x1010/0x1ff0'],
    ['dl_vlan_pcp=3,dl_vlan=7', 'dl_vlan=7,dl_vlan_pcp=3'],
    ['eth_src=FA:16:3E:00:00:01,eth_type=0x0800', 'ip,dl_src=fa:16:3e:00:00:01'],
    ['dl_type=0x0800,ip_proto=6,tcp_dst=80', 'tcp,tp_dst=80'],
    ['tunnel_id=5', 'tun_id=0x5'],
    ['in_port=local', 'in_port=LOCAL'],
    ['reg0=5/0xffffffff', 'reg0=0x5'],
    ['ip,nw_src=10.1.2.3/8', 'ip,nw_src=10.0.0.0/8'],
  ])('match %s', (match, printed) => {
    expect(toFlowText('tap', readFlowText({ ...base, match })).match).toBe(printed);
  });

  test.each([
    ['', 'drop'],
    ['local', 'LOCAL'],
    ['controller', 'CONTROLLER:65535'],
    ['output:in_port', 'IN_PORT'],
    ['set_field:5->tunnel_id', 'set_field:0x5->tun_id'],
    ['load:5->reg0', 'load:0x5->NXM_NX_REG0[]'],
    ['move:reg0[0..3]->reg1[4..7]', 'move:NXM_NX_REG0[0..3]->NXM_NX_REG1[4..7]'],
  ])('actions %s', (actions, printed) => {
    expect(toFlowText('tap', readFlowText({ ...base, actions })).actions).toBe(printed);
  });
});

describe('what we do not know', () => {
  test('is kept, prints in hex, and is read back', () => {
    const flow = { ...base, match: 'reg0=0x1,oxm=0xffff0a0400002320', actions: 'action:0x7f01000800000000,output:1' };
    expect(thereAndBack([flow])).toEqual([flow]);
    const other = { ...base, actions: 'instruction:0x0005000800000000' };
    expect(thereAndBack([other])).toEqual([other]);
  });

  test.each([
    ['match', 'fly=7', 'not a match that we know: fly=7'],
    ['match', 'constructor', 'not a match that we know: constructor'],
    ['match', 'reg0=0x100000000', 'a value of 32 bits is wanted: 0x100000000'],
    ['match', 'dl_src=fa:16', 'not a value of this field: fa:16'],
    ['match', 'tp_dst=80', 'tp_dst needs tcp or udp before it'],
    ['match', 'in_port=65280', 'not a port (0 to 65279, '],
    ['match', 'in_port=1/2', 'a port cannot be masked: 1/2'],
    ['match', 'ip,nw_src=10.0.0.0/33', 'a prefix of at most 32 bits is wanted: 10.0.0.0/33'],
    ['match', 'ipv6,ipv6_src=1::2::3', 'not a value of this field: 1::2::3'],
    ['match', 'oxm=0xffff0a04', 'not the bytes of one field'],
    ['actions', 'fly:8', 'not an action that we know: fly:8'],
    ['actions', 'constructor', 'not an action that we know: constructor'],
    ['actions', 'clone(output:1', 'parentheses that do not fit'],
    ['actions', 'clone(goto_table:1)', 'goto_table can only stand at the outermost level'],
    ['actions', 'load:0x10000->NXM_NX_REG0[0..15]', 'a value of 16 bits is wanted: 0x10000'],
    ['actions', 'load:1->NXM_NX_REG0[30..32]', 'NXM_NX_REG0 has the bits 0 to 31'],
    ['actions', 'set_field:1/2->reg0', 'set_field has no mask in OpenFlow 1.4'],
    ['actions', 'move:reg0->tun_id', 'as many bits must come as go'],
    ['actions', 'resubmit(,256)', 'wants a number of 8 bits'],
    ['actions', 'action:0x7f0100', 'not the bytes of one, header and all'],
    ['actions', Array.from({ length: 5000 }, () => 'output:1').join(), 'too long for OpenFlow'],
  ] as const)('is refused in %s: %#', (part, text, words) => {
    const encode = () => encodeFlowMod({ command: 'ADD', flow: { ...base, [part]: text } }, 1);
    expect(encode).toThrow(OpenflowError);
    expect(encode).toThrow(words);
  });
});
