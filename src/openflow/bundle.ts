import type { FlowMod } from './flow.ts';
import { encodeFlowMod } from './flow-mod.ts';
import { encodeMessage, HEADER_BYTES, TYPE } from './message.ts';
import { OpenflowError } from './openflow-error.ts';

/** `ofp_bundle_ctrl_type` of the requests; each answer is one more: OpenFlow 1.4 section 7.3.9.2. */
const CONTROL = { open: 0, commit: 4, discard: 6 } as const;
/** All or nothing, and in this order. */
const ATOMIC_ORDERED = 1 | 2;
const ADD_HEADER_BYTES = 8;

export function encodeBundleControl(kind: keyof typeof CONTROL, bundle: number, xid: number): Uint8Array {
  return encodeMessage(TYPE.bundleControl, xid, (writer) => writer.u32(bundle).u16(CONTROL[kind]).u16(ATOMIC_ORDERED));
}

/** A change of a flow as part of a bundle; both headers have the same xid. @throws OpenflowError `syntax` */
export function encodeBundleAdd(mod: FlowMod, bundle: number, xid: number): Uint8Array {
  const inner = encodeFlowMod(mod, xid);
  if (inner.length + HEADER_BYTES + ADD_HEADER_BYTES > 0xffff) {
    throw new OpenflowError('syntax', `a flow of ${inner.length} bytes is too long for a bundle`);
  }
  return encodeMessage(TYPE.bundleAdd, xid, (writer) => writer.u32(bundle).u16(0).u16(ATOMIC_ORDERED).raw(inner));
}
