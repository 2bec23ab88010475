import type { WireAction } from './action.ts';
import { ByteReader, type ByteWriter, fromHex, toHex } from './bytes.ts';
import { bytesOf, FIELDS, fieldOfHeader } from './fields.ts';
import { putNiciraAction, readNiciraAction } from './nicira-wire.ts';
import { OpenflowError } from './openflow-error.ts';

/** Types of actions: OpenFlow 1.4 section 7.2.4. */
const TYPE = { output: 0, push_vlan: 17, pop_vlan: 18, set_field: 25, experimenter: 0xffff } as const;
const ACTION_HEADER_BYTES = 4;

/** Deeper ones than that stay as they are on the wire: nobody writes them, and they must not exhaust our stack. */
const MAX_DEPTH = 16;

/** Appends actions, each padded to eight bytes. @throws OpenflowError `syntax` for one that cannot stand here */
export function putActions(writer: ByteWriter, actions: readonly WireAction[]): void {
  for (const action of actions) putAction(writer, action);
}

function putAction(writer: ByteWriter, action: WireAction): void {
  if (action.kind === 'opaque-action') {
    writer.raw(fromHex(action.bytes) ?? new Uint8Array());
    return;
  }
  const start = writer.size;
  const begin = (type: number) => writer.u16(type).u16(0);
  switch (action.kind) {
    case 'output':
      begin(TYPE.output).u32(action.port).u16(action.maxLength);
      break;
    case 'push_vlan':
      begin(TYPE.push_vlan).u16(action.etherType);
      break;
    case 'pop_vlan':
      begin(TYPE.pop_vlan);
      break;
    case 'set_field': {
      const { header } = FIELDS[action.field];
      begin(TYPE.set_field).u32(header).wide(action.value, bytesOf(header));
      break;
    }
    case 'meter':
    case 'goto_table':
    case 'opaque-instruction':
      throw new OpenflowError('syntax', `${action.kind} can only stand at the outermost level of a flow`);
    default:
      putNiciraAction(begin(TYPE.experimenter), action, putActions);
  }
  writer.padFrom(start).setLength(start + 2, writer.size - start);
}

function readSetField(body: ByteReader): WireAction | undefined {
  const header = body.u32();
  const field = fieldOfHeader(header);
  if (field === undefined || FIELDS[field].header !== header) return undefined;
  return { kind: 'set_field', field, value: body.wide(bytesOf(header)) };
}

function readKnown(type: number, body: ByteReader, depth: number): WireAction | undefined {
  switch (type) {
    case TYPE.output:
      return { kind: 'output', port: body.u32(), maxLength: body.u16() };
    case TYPE.push_vlan:
      return { kind: 'push_vlan', etherType: body.u16() };
    case TYPE.pop_vlan:
      return { kind: 'pop_vlan' };
    case TYPE.set_field:
      return readSetField(body);
    case TYPE.experimenter:
      return readNiciraAction(body, (inner) => takeActions(inner, depth + 1));
    default:
      return undefined;
  }
}

/** One that is not as we know it is no reason to lose the flow that it stands in. */
function readAction(bytes: Uint8Array, depth: number): WireAction {
  const reader = new ByteReader(bytes);
  const type = reader.u16();
  try {
    const known = depth < MAX_DEPTH ? readKnown(type, reader.skip(2), depth) : undefined;
    if (known) return known;
  } catch (error) {
    if (!(error instanceof OpenflowError)) throw error;
  }
  return { kind: 'opaque-action', bytes: toHex(bytes) };
}

/** Takes all that is left as actions. @throws OpenflowError `protocol` where lengths make no sense */
export function takeActions(reader: ByteReader, depth = 0): WireAction[] {
  const actions: WireAction[] = [];
  while (reader.left > 0) {
    const length = reader.peekU16(2) ?? 0;
    if (length < ACTION_HEADER_BYTES)
      throw new OpenflowError('protocol', `the switch sent an action of ${length} bytes`);
    actions.push(readAction(reader.raw(length), depth));
  }
  return actions;
}
