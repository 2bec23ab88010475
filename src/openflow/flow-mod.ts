import type { ByteWriter } from './bytes.ts';
import type { FlowMod } from './flow.ts';
import { readFlowText } from './flow-entry.ts';
import { putInstructions } from './instruction-wire.ts';
import { putMatch } from './match-wire.ts';
import { encodeMessage, TYPE } from './message.ts';
import { PORT_ANY } from './ports.ts';

/** `ofp_flow_mod_command`: OpenFlow 1.4 section 7.3.4.2. */
const COMMANDS = { ADD: 0, MODIFY_STRICT: 2, DELETE_STRICT: 4 } as const;
const WHOLE_COOKIE = 0xffffffffffffffffn;
const NO_BUFFER = 0xffffffff;
export const GROUP_ANY = 0xffffffff;

/** A change of one flow. A delete or modify names the cookie: a flow of another is not meant. @throws OpenflowError `syntax` */
export function encodeFlowMod({ command, flow }: FlowMod, xid: number): Uint8Array {
  const { table, priority, cookie, match, actions } = readFlowText(flow);
  return encodeMessage(TYPE.flowMod, xid, (writer: ByteWriter) => {
    writer
      .u64(cookie)
      .u64(command === 'ADD' ? 0n : WHOLE_COOKIE)
      .u8(table)
      .u8(COMMANDS[command]);
    // No timeouts; deletes are not narrowed to an output port or group; no flags, no importance.
    writer.u16(0).u16(0).u16(priority).u32(NO_BUFFER).u32(PORT_ANY).u32(GROUP_ANY).u16(0).u16(0);
    putMatch(writer, match);
    if (command !== 'DELETE_STRICT') putInstructions(writer, actions);
  });
}

const WORDS = { ADD: 'add', MODIFY_STRICT: 'modify_strict', DELETE_STRICT: 'delete_strict' } as const;

/** A change in the words of `ovs-ofctl --bundle add-flows` (ovs-ofctl(8), "Flow Syntax"), for people. */
export function formatFlowMod({ command, flow }: FlowMod): string {
  const { table, priority, match, actions } = flow;
  const cookie = `cookie=0x${flow.cookie.toString(16)}${command === 'ADD' ? '' : '/-1'}`;
  const where = `${cookie},table=${table},priority=${priority}${match === '' ? '' : `,${match}`}`;
  return `${WORDS[command]} ${where}${command === 'DELETE_STRICT' ? '' : `,actions=${actions}`}`;
}
