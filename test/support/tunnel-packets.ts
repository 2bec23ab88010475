import type { TunnelType } from './neutron-tunnels.ts';
import { SupportError } from './support-error.ts';

/** A frame on its way from one host to another. */
export interface Tunnelled {
  readonly type: TunnelType;
  /** IPv4 addresses of the hosts. */
  readonly from: string;
  readonly to: string;
  /** The VNI, or the key of GRE; undefined for GRE without one. */
  readonly tunnelKey: number | undefined;
  /** The frame in the tunnel, from its destination address on. */
  readonly inner: Buffer;
  /** The VLAN id of its outermost tag; undefined when it has no tag. */
  readonly vid: number | undefined;
  /** The same frame without that tag: in the wire format of the Python agents, what the source port has seen. */
  readonly frame: Buffer;
}

/** What a tunnel's header says, and where the frame begins in the same bytes. */
interface Header {
  readonly type: TunnelType;
  readonly tunnelKey: number | undefined;
  readonly length: number;
}

const ETH_IPV4 = 0x0800;
const ETH_BRIDGED = 0x6558;
const PROTOCOL = { udp: 17, gre: 47 } as const;
const UDP_HEADER = 8;
const PORT = { vxlan: 4789, geneve: 6081 } as const;
const TAGS: ReadonlySet<number> = new Set([0x8100, 0x88a8]);

const malformed = (what: string) => new SupportError('malformed-frame', what);

/** VXLAN (RFC 7348 section 5): the I flag and a VNI of 24 bits. */
function vxlanHeader(bytes: Buffer): Header {
  if (bytes.readUInt8(0) !== 0x08) throw malformed('VXLAN without a valid VNI');
  return { type: 'vxlan', tunnelKey: bytes.readUIntBE(4, 3), length: 8 };
}

/** Geneve (RFC 8926 section 3.4), whose options have their length, in words, in the first byte. */
function geneveHeader(bytes: Buffer): Header {
  if (bytes.readUInt16BE(2) !== ETH_BRIDGED) throw malformed('Geneve with something else than Ethernet');
  return { type: 'geneve', tunnelKey: bytes.readUIntBE(4, 3), length: 8 + 4 * (bytes.readUInt8(0) & 0x3f) };
}

/** GRE (RFC 2784) with the key and the sequence number of RFC 2890, each of which is there if its flag is. */
function greHeader(bytes: Buffer): Header {
  if (bytes.readUInt16BE(2) !== ETH_BRIDGED) throw malformed('GRE with something else than Ethernet');
  const flags = bytes.readUInt16BE(0);
  const [hasChecksum, hasKey, hasSequence] = [0x8000, 0x2000, 0x1000].map((flag) => (flags & flag) !== 0);
  const keyAt = hasChecksum ? 8 : 4;
  const tunnelKey = hasKey ? bytes.readUInt32BE(keyAt) : undefined;
  return { type: 'gre', tunnelKey, length: keyAt + (hasKey ? 4 : 0) + (hasSequence ? 4 : 0) };
}

/** The tunnel in a UDP datagram, by its port: which is the destination's in both. */
function udpTunnel(datagram: Buffer): Header | undefined {
  const port = datagram.readUInt16BE(2);
  const bytes = datagram.subarray(UDP_HEADER);
  const header = port === PORT.vxlan ? vxlanHeader(bytes) : port === PORT.geneve ? geneveHeader(bytes) : undefined;
  return header && { ...header, length: UDP_HEADER + header.length };
}

function tunnelIn(protocol: number, payload: Buffer): Header | undefined {
  if (protocol === PROTOCOL.udp) return udpTunnel(payload);
  return protocol === PROTOCOL.gre ? greHeader(payload) : undefined;
}

const addressAt = (packet: Buffer, at: number) => [...packet.subarray(at, at + 4)].join('.');

function outermostTag(inner: Buffer): Pick<Tunnelled, 'vid' | 'frame'> {
  if (!TAGS.has(inner.readUInt16BE(12))) return { vid: undefined, frame: inner };
  const frame = Buffer.concat([inner.subarray(0, 12), inner.subarray(16)]);
  return { vid: inner.readUInt16BE(14) & 0xfff, frame };
}

/**
 * Takes the frame out of an Ethernet frame with VXLAN, Geneve or GRE over IPv4 (RFC 791); undefined for what is no tunnel's.
 * Throws SupportError `malformed-frame` for a fragment, and for a tunnel that carries something else.
 */
export function decodeTunnelled(outer: Buffer): Tunnelled | undefined {
  if (outer.readUInt16BE(12) !== ETH_IPV4) return undefined;
  const packet = outer.subarray(14, 14 + outer.readUInt16BE(16));
  if ((packet.readUInt16BE(6) & 0x3fff) !== 0) throw malformed('a fragment: the underlay is too narrow for the tunnel');
  const payload = packet.subarray(4 * (packet.readUInt8(0) & 0x0f));
  const header = tunnelIn(packet.readUInt8(9), payload);
  if (!header) return undefined;
  const { type, tunnelKey, length } = header;
  const inner = payload.subarray(length);
  return { type, from: addressAt(packet, 12), to: addressAt(packet, 16), tunnelKey, inner, ...outermostTag(inner) };
}
