import type { Learn, LearnSource, LearnSpec } from './action.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { FIELDS, fieldOfHeader, type Part } from './fields.ts';

/** Flags and the two halves of a header of a spec: nicira-ext.h and lib/ofp-actions.c of Open vSwitch, "nx_action_learn". */
const SEND_FLOW_REMOVED = 1;
const DELETE_LEARNED = 2;
const FROM_VALUE = 1 << 13;
const TO_LOAD = 1 << 11;
const TO_OUTPUT = 2 << 11;
const BITS = 0x7ff;
const KNOWN = FROM_VALUE | TO_LOAD | TO_OUTPUT | BITS;

/** Values are whole 16-bit words. */
const valueBytes = (bits: number) => Math.ceil(bits / 16) * 2;

function putPart(writer: ByteWriter, { field, offset }: Part): void {
  writer.u32(FIELDS[field].partHeader).u16(offset);
}

function putSource(writer: ByteWriter, from: LearnSource, bits: number): void {
  if (from.kind === 'field') putPart(writer, from.part);
  else writer.wide(from.value, valueBytes(bits));
}

function putSpec(writer: ByteWriter, spec: LearnSpec): void {
  if (spec.kind === 'output') {
    writer.u16(TO_OUTPUT | spec.from.bits);
    putPart(writer, spec.from);
    return;
  }
  const { to, from } = spec;
  writer.u16((from.kind === 'value' ? FROM_VALUE : 0) | (spec.kind === 'load' ? TO_LOAD : 0) | to.bits);
  putSource(writer, from, to.bits);
  putPart(writer, to);
}

/** Appends the body of a `learn`. */
export function putLearn(writer: ByteWriter, learn: Learn): void {
  writer.u16(learn.idleTimeout).u16(learn.hardTimeout).u16(learn.priority).u64(learn.cookie);
  writer.u16((learn.sendFlowRemoved ? SEND_FLOW_REMOVED : 0) | (learn.deleteLearned ? DELETE_LEARNED : 0));
  writer.u8(learn.table).u8(0).u16(learn.finIdleTimeout).u16(learn.finHardTimeout);
  for (const spec of learn.specs) putSpec(writer, spec);
}

function readPart(body: ByteReader, bits: number): Part | undefined {
  const field = fieldOfHeader(body.u32());
  const offset = body.u16();
  return field === undefined || offset + bits > FIELDS[field].bits ? undefined : { field, offset, bits };
}

function readSource(body: ByteReader, header: number, bits: number): LearnSource | undefined {
  if ((header & FROM_VALUE) !== 0) return { kind: 'value', value: body.wide(valueBytes(bits)) };
  const part = readPart(body, bits);
  return part && { kind: 'field', part };
}

function readSpec(body: ByteReader, header: number): LearnSpec | undefined {
  const bits = header & BITS;
  const target = header & (TO_LOAD | TO_OUTPUT);
  if ((header & ~KNOWN) !== 0 || target === (TO_LOAD | TO_OUTPUT)) return undefined;
  const from = readSource(body, header, bits);
  if (from === undefined) return undefined;
  if (target === TO_OUTPUT) return from.kind === 'field' ? { kind: 'output', from: from.part } : undefined;
  const to = readPart(body, bits);
  return to && { kind: target === TO_LOAD ? 'load' : 'match', to, from };
}

/** Takes specs up to the padding, which reads as a spec of no bits. */
function readSpecs(body: ByteReader): LearnSpec[] | undefined {
  const specs: LearnSpec[] = [];
  while (body.left >= 2) {
    const header = body.u16();
    if (header === 0) break;
    const spec = readSpec(body, header);
    if (!spec) return undefined;
    specs.push(spec);
  }
  return specs;
}

/** Reads the body of a `learn`; undefined where it has what we do not know. */
export function readLearn(body: ByteReader): Learn | undefined {
  const [idleTimeout, hardTimeout, priority] = [body.u16(), body.u16(), body.u16()];
  const cookie = body.u64();
  const flags = body.u16();
  const table = body.u8();
  body.skip(1);
  const [finIdleTimeout, finHardTimeout] = [body.u16(), body.u16()];
  const specs = readSpecs(body);
  if (!specs || (flags & ~(SEND_FLOW_REMOVED | DELETE_LEARNED)) !== 0) return undefined;
  const sendFlowRemoved = (flags & SEND_FLOW_REMOVED) !== 0;
  const deleteLearned = (flags & DELETE_LEARNED) !== 0;
  const timeouts = { idleTimeout, hardTimeout, finIdleTimeout, finHardTimeout };
  return { kind: 'learn', table, priority, cookie, ...timeouts, deleteLearned, sendFlowRemoved, specs };
}
