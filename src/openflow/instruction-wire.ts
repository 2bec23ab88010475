import type { WireAction } from './action.ts';
import { putActions, takeActions } from './action-wire.ts';
import { ByteReader, type ByteWriter, fromHex, toHex } from './bytes.ts';
import { OpenflowError } from './openflow-error.ts';

/** Types of instructions: OpenFlow 1.4 section 7.2.4. */
const TYPE = { goto_table: 1, apply_actions: 4, meter: 6 } as const;
const INSTRUCTION_HEADER_BYTES = 4;

function putInstruction(writer: ByteWriter, type: number, put: () => void): void {
  const start = writer.size;
  writer.u16(type).u16(0);
  put();
  writer.padFrom(start).setLength(start + 2, writer.size - start);
}

const isInstruction = ({ kind }: WireAction) =>
  kind === 'meter' || kind === 'goto_table' || kind === 'opaque-instruction';

/** Appends what a flow does: a meter comes before the actions, the next table after them, whatever the order. */
export function putInstructions(writer: ByteWriter, actions: readonly WireAction[]): void {
  for (const action of actions) {
    if (action.kind === 'meter') putInstruction(writer, TYPE.meter, () => writer.u32(action.id));
  }
  const applied = actions.filter((action) => !isInstruction(action));
  if (applied.length > 0) putInstruction(writer, TYPE.apply_actions, () => putActions(writer.zeros(4), applied));
  for (const action of actions) {
    if (action.kind === 'opaque-instruction') writer.raw(fromHex(action.bytes) ?? new Uint8Array());
    if (action.kind === 'goto_table') putInstruction(writer, TYPE.goto_table, () => writer.u8(action.table));
  }
}

function readInstruction(bytes: Uint8Array): WireAction[] {
  const body = new ByteReader(bytes);
  const type = body.u16();
  try {
    body.skip(2);
    if (type === TYPE.meter) return [{ kind: 'meter', id: body.u32() }];
    if (type === TYPE.goto_table) return [{ kind: 'goto_table', table: body.u8() }];
    if (type === TYPE.apply_actions) return takeActions(body.skip(4));
  } catch (error) {
    if (!(error instanceof OpenflowError)) throw error;
  }
  return [{ kind: 'opaque-instruction', bytes: toHex(bytes) }];
}

/** Takes all that is left as instructions. @throws OpenflowError `protocol` where lengths make no sense */
export function takeInstructions(reader: ByteReader): WireAction[] {
  const actions: WireAction[] = [];
  while (reader.left > 0) {
    const length = reader.peekU16(2) ?? 0;
    if (length < INSTRUCTION_HEADER_BYTES) {
      throw new OpenflowError('protocol', `the switch sent an instruction of ${length} bytes`);
    }
    actions.push(...readInstruction(reader.raw(length)));
  }
  return actions;
}
