import type { Action, Flow, FlowText, Match, VlanMatch } from './flow.ts';

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
  if (match.inPort !== undefined) fields.push(`in_port=${match.inPort}`);
  if (match.vlan) fields.push(formatVlan(match.vlan));
  if (match.ethSrc !== undefined) fields.push(`dl_src=${match.ethSrc}`);
  if (match.ethDst !== undefined) {
    fields.push(`dl_dst=${match.ethDst === 'group' ? `${GROUP_BIT}/${GROUP_BIT}` : match.ethDst}`);
  }
  return fields.join(',');
}

function formatAction(action: Action): string {
  switch (action.kind) {
    case 'output':
      return `output:${action.port}`;
    case 'pop_vlan':
      return 'pop_vlan';
    case 'push_vlan':
      return `push_vlan:0x8100,set_field:${VLAN_PRESENT | action.vid}->vlan_vid`;
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
