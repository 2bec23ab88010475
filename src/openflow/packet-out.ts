import { parseWireActions } from './action-text.ts';
import { putActions } from './action-wire.ts';
import { ByteWriter } from './bytes.ts';
import type { PacketOut } from './flow.ts';
import { encodeMessage, TYPE } from './message.ts';
import { PORT_CONTROLLER } from './ports.ts';

const NO_BUFFER = 0xffffffff;

/** Hands the switch a frame: OpenFlow 1.4 section 7.3.7. @throws OpenflowError `syntax` */
export function encodePacketOut({ actions, frame }: PacketOut, xid: number): Uint8Array {
  const writer = new ByteWriter();
  putActions(writer, parseWireActions(actions));
  return encodeMessage(TYPE.packetOut, xid, (message) =>
    message.u32(NO_BUFFER).u32(PORT_CONTROLLER).u16(writer.size).zeros(6).raw(writer.bytes()).raw(frame),
  );
}
