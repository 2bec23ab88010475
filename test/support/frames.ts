import { SupportError } from './support-error.ts';

/** A VLAN tag (IEEE 802.1Q section 9.6). */
export interface VlanTag {
  /** 0x8100 (C-tag) unless told; 0x88a8 is a service tag. */
  readonly tpid?: 0x8100 | 0x88a8;
  /** 0..4095; 0 is a priority tag. */
  readonly vid: number;
  /** Priority, 0..7; 0 unless told. */
  readonly pcp?: number;
}

/** What an Ethernet frame carries: made by the functions of packets.ts. */
export interface Packet {
  readonly etherType: number;
  readonly bytes: Buffer;
}

export interface EthernetHeader {
  readonly src: string;
  readonly dst: string;
  /** From the outside in. */
  readonly tags?: readonly VlanTag[];
}

export const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/** Six bytes of a MAC address in colon notation. Throws SupportError `malformed-frame`. */
export function macBytes(mac: string): Buffer {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac))
    throw new SupportError('malformed-frame', `not a MAC address: ${mac}`);
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function tagBytes({ tpid = 0x8100, vid, pcp = 0 }: VlanTag): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(tpid, 0);
  bytes.writeUInt16BE((pcp << 13) | vid, 2);
  return bytes;
}

/** An Ethernet frame without FCS and without padding. */
export function ethernet({ src, dst, tags = [] }: EthernetHeader, { etherType, bytes }: Packet): Buffer {
  const type = Buffer.alloc(2);
  type.writeUInt16BE(etherType);
  return Buffer.concat([macBytes(dst), macBytes(src), ...tags.map(tagBytes), type, bytes]);
}

/**
 * A payload of exactly `length` bytes that no other call with another number or label gives: the label and the number in
 * clear, then bytes that differ from place to place, so that a shifted or cut copy differs.
 */
export function numbered(label: string, number: number, length = 64): Buffer {
  const head = Buffer.from(`${label}#${number};`);
  if (head.length > length)
    throw new SupportError('malformed-frame', `${length} bytes are too few for ${head.toString()}`);
  const body = Buffer.alloc(length - head.length);
  for (let at = 0; at < body.length; at += 1) body[at] = (at * 7 + number * 13 + (at >> 8)) & 0xff;
  return Buffer.concat([head, body]);
}
