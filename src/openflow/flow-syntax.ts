import type { Action, Flow, FlowText, LearnPlace, Match, VlanMatch } from './flow.ts';

/** The VLAN_PRESENT bit that OpenFlow keeps beside the twelve bits of the VLAN id (OpenFlow 1.4, section 7.2.3.8). */
const VLAN_PRESENT = 0x1000;
const EXACT_VLAN = 0xfff;
const GROUP_BIT = '01:00:00:00:00:00';

const hex = (value: number, digits = 0) => `0x${value.toString(16).padStart(digits, '0')}`;

function formatVlan(vlan: VlanMatch): string {
  if (vlan.kind === 'no-vlan') return 'vlan_tci=0x0000/0x0fff';
  if (vlan.mask === EXACT_VLAN) return `dl_vlan=${vlan.vid}`;
  return `vlan_tci=${hex(VLAN_PRESENT | vlan.vid, 4)}/${hex(VLAN_PRESENT | vlan.mask, 4)}`;
}

/** The match in the order and form in which the switch prints it; empty when everything matches. */
export function formatMatch(match: Match): string {
  const fields: string[] = [];
  if (match.reg0 !== undefined) fields.push(`reg0=${hex(match.reg0)}`);
  if (match.reg1 !== undefined) fields.push(`reg1=${hex(match.reg1)}`);
  if (match.reg6 !== undefined) fields.push(`reg6=${hex(match.reg6)}`);
  if (match.tunnelKey !== undefined) fields.push(`tun_id=${hex(match.tunnelKey)}`);
  if (match.inPort !== undefined) fields.push(`in_port=${match.inPort}`);
  if (match.vlan) fields.push(formatVlan(match.vlan));
  if (match.ethSrc !== undefined) fields.push(`dl_src=${match.ethSrc}`);
  if (match.ethDst !== undefined) {
    fields.push(`dl_dst=${match.ethDst === 'group' ? `${GROUP_BIT}/${GROUP_BIT}` : match.ethDst}`);
  }
  return fields.join(',');
}

/** The id and the bit that tells of a tag: a learnt flow is for frames that have one. */
const VLAN_ID_PRESENT = 'NXM_OF_VLAN_TCI[0..12]';
const VLAN_ID = 'NXM_OF_VLAN_TCI[0..11]';
/** Numbers of ports that actions can name have 16 bits. */
const PLACE = 'NXM_NX_REG6[0..15]';

/** In what is learnt the switch writes 0 without its prefix. */
const hexOrZero = (value: number) => (value === 0 ? '0' : hex(value));

/** What a flow does that `learn_place` makes. */
export function formatPlace(vid: number, port: number): string {
  return `load:${hexOrZero(vid)}->${VLAN_ID},load:${hexOrZero(port)}->${PLACE}`;
}

/** What a flow in its place does that leads to one port, whatever the VLAN id. */
export function formatDetour(port: number): string {
  return `load:${hexOrZero(port)}->${PLACE}`;
}

function formatLearnPlace({ table, priority, cookie, vid }: LearnPlace): string {
  const flow = `table=${table},priority=${priority},delete_learned,cookie=0x${cookie.toString(16)},${VLAN_ID_PRESENT}`;
  return `learn(${flow},load:${hexOrZero(vid)}->${VLAN_ID},load:NXM_OF_IN_PORT[]->${PLACE})`;
}

function formatOutput(port: number, maxLength: number | undefined): string {
  return maxLength === undefined ? `output:${port}` : `output(port=${port},max_len=${maxLength})`;
}

function formatAction(action: Action): string {
  switch (action.kind) {
    case 'output':
      return formatOutput(action.port, action.maxLength);
    case 'output_in_port':
      return 'IN_PORT';
    case 'pop_vlan':
      return 'pop_vlan';
    case 'push_vlan':
      return `push_vlan:0x8100,set_field:${VLAN_PRESENT | action.vid}->vlan_vid`;
    case 'set_vlan':
      return `set_field:${VLAN_PRESENT | action.vid}->vlan_vid`;
    case 'look_at_sender':
      return 'move:NXM_OF_ETH_SRC[0..23]->NXM_NX_REG7[0..23]';
    case 'set_tunnel_key':
      return `set_field:${hex(action.key)}->tun_id`;
    case 'set_tunnel_destination':
      return `set_field:${action.address}->tun_dst`;
    case 'learn_place':
      return formatLearnPlace(action);
    case 'load':
      return `set_field:${hex(action.value)}->${action.register}`;
    case 'resubmit':
      return `resubmit(,${action.table})`;
    case 'clone':
      return `clone(${action.actions.map(formatAction).join(',')})`;
  }
}

export function formatActions(actions: readonly Action[]): string {
  return actions.length === 0 ? 'drop' : actions.map(formatAction).join(',');
}

export function formatFlow(flow: Flow): FlowText {
  const { bridge, table, priority, cookie } = flow;
  return { bridge, table, priority, cookie, match: formatMatch(flow.match), actions: formatActions(flow.actions) };
}
