import type { WireAction } from './action.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { FIELDS, fieldOfHeader, type Part } from './fields.ts';
import { putLearn, readLearn } from './learn-wire.ts';
import { fromShortPort, PORT_IN, toShortPort } from './ports.ts';

/** Nicira's number as an experimenter, and its actions: nicira-ext.h and lib/ofp-actions.c of Open vSwitch. */
const VENDOR = 0x00002320;
const SUBTYPE = { move: 6, load: 7, resubmit: 1, resubmit_table: 14, learn: 16, output_trunc: 39, clone: 42 } as const;
const ANY_TABLE = 255;
/** `load` has the place of its bits in one number: six bits for how many, less one. */
const LOAD_BITS = 6;

export type NiciraAction = Extract<
  WireAction,
  { kind: 'output_trunc' | 'load' | 'move' | 'resubmit' | 'learn' | 'clone' }
>;

/** Appends what follows the header of an experimenter's action. */
export function putNiciraAction(
  writer: ByteWriter,
  action: NiciraAction,
  putActions: (writer: ByteWriter, actions: readonly WireAction[]) => void,
): void {
  const begin = (subtype: number) => writer.u32(VENDOR).u16(subtype);
  switch (action.kind) {
    case 'output_trunc':
      begin(SUBTYPE.output_trunc).u16(toShortPort(action.port)).u32(action.maxLength);
      break;
    case 'load': {
      const { field, offset, bits } = action.to;
      begin(SUBTYPE.load)
        .u16((offset << LOAD_BITS) | (bits - 1))
        .u32(FIELDS[field].partHeader)
        .u64(action.value);
      break;
    }
    case 'move': {
      const { from, to } = action;
      begin(SUBTYPE.move).u16(from.bits).u16(from.offset).u16(to.offset);
      writer.u32(FIELDS[from.field].partHeader).u32(FIELDS[to.field].partHeader);
      break;
    }
    case 'resubmit':
      begin(action.table === undefined ? SUBTYPE.resubmit : SUBTYPE.resubmit_table)
        .u16(toShortPort(action.port ?? PORT_IN))
        .u8(action.table ?? 0)
        .zeros(3);
      break;
    case 'learn':
      putLearn(begin(SUBTYPE.learn), action);
      break;
    case 'clone':
      putActions(begin(SUBTYPE.clone).zeros(6), action.actions);
      break;
  }
}

function readPart(header: number, offset: number, bits: number): Part | undefined {
  const field = fieldOfHeader(header);
  return field === undefined || offset + bits > FIELDS[field].bits ? undefined : { field, offset, bits };
}

function readLoad(body: ByteReader): WireAction | undefined {
  const place = body.u16();
  const to = readPart(body.u32(), place >> LOAD_BITS, (place & 0x3f) + 1);
  return to && { kind: 'load', to, value: body.u64() };
}

function readMove(body: ByteReader): WireAction | undefined {
  const [bits, fromOffset, toOffset] = [body.u16(), body.u16(), body.u16()];
  const [from, to] = [readPart(body.u32(), fromOffset, bits), readPart(body.u32(), toOffset, bits)];
  return from && to && { kind: 'move', from, to };
}

function readResubmit(body: ByteReader, withTable: boolean): WireAction {
  const port = fromShortPort(body.u16());
  const table = withTable ? body.u8() : ANY_TABLE;
  return {
    kind: 'resubmit',
    port: port === PORT_IN ? undefined : port,
    table: table === ANY_TABLE ? undefined : table,
  };
}

/** Reads what follows the header of an experimenter's action; undefined for what we do not know. */
export function readNiciraAction(
  body: ByteReader,
  takeActions: (reader: ByteReader) => WireAction[],
): WireAction | undefined {
  if (body.u32() !== VENDOR) return undefined;
  switch (body.u16()) {
    case SUBTYPE.output_trunc:
      return { kind: 'output_trunc', port: fromShortPort(body.u16()), maxLength: body.u32() };
    case SUBTYPE.load:
      return readLoad(body);
    case SUBTYPE.move:
      return readMove(body);
    case SUBTYPE.resubmit:
      return readResubmit(body, false);
    case SUBTYPE.resubmit_table:
      return readResubmit(body, true);
    case SUBTYPE.learn:
      return readLearn(body);
    case SUBTYPE.clone:
      return { kind: 'clone', actions: takeActions(body.skip(6)) };
    default:
      return undefined;
  }
}
