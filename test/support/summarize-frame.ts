const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

const macAt = (frame: Buffer, at: number) => (frame.toString('hex', at, at + 6).match(/../g) ?? []).join(':');

function ipv6Text(frame: Buffer, at: number): string {
  return Array.from({ length: 8 }, (_, word) => frame.readUInt16BE(at + word * 2).toString(16)).join(':');
}

const ipv4Text = (frame: Buffer, at: number) => [...frame.subarray(at, at + 4)].join('.');

function transport(frame: Buffer, protocol: number, at: number): string {
  const name = PROTOCOLS[protocol] ?? `protocol ${protocol}`;
  const hasPorts = (protocol === 6 || protocol === 17) && frame.length >= at + 4;
  return hasPorts ? `${name} ${frame.readUInt16BE(at)} > ${frame.readUInt16BE(at + 2)}` : name;
}

function ipv4Summary(frame: Buffer, at: number): string {
  if (frame.length < at + 20) return 'ipv4, cut short';
  const addresses = `${ipv4Text(frame, at + 12)} > ${ipv4Text(frame, at + 16)}`;
  const fragment = frame.readUInt16BE(at + 6);
  const offset = (fragment & 0x1fff) * 8;
  const isFragment = offset > 0 || (fragment & 0x2000) !== 0;
  const inner = isFragment ? `fragment at ${offset}` : transport(frame, frame.readUInt8(at + 9), at + 20);
  return `ipv4 ${addresses} ${inner}`;
}

function payloadSummary(frame: Buffer, etherType: number, at: number): string {
  if (etherType === 0x0800) return ipv4Summary(frame, at);
  if (etherType === 0x0806 && frame.length >= at + 28) {
    const operation = frame.readUInt16BE(at + 6) === 1 ? 'asks for' : 'answers';
    return `arp ${ipv4Text(frame, at + 14)} ${operation} ${ipv4Text(frame, at + 24)}`;
  }
  if (etherType === 0x86dd && frame.length >= at + 40) {
    const addresses = `${ipv6Text(frame, at + 8)} > ${ipv6Text(frame, at + 24)}`;
    return `ipv6 ${addresses} ${transport(frame, frame.readUInt8(at + 6), at + 40)}`;
  }
  return `type 0x${etherType.toString(16).padStart(4, '0')}`;
}

/** One line that tells a frame's addresses, VLAN tags and what it carries, for people who read a failed test. */
export function summarizeFrame(frame: Buffer): string {
  if (frame.length < 14) return `${frame.length} bytes, too short for Ethernet`;
  const tags: string[] = [];
  let at = 12;
  while (at + 6 <= frame.length && [0x8100, 0x88a8].includes(frame.readUInt16BE(at))) {
    tags.push(`${frame.readUInt16BE(at).toString(16)}:${frame.readUInt16BE(at + 2) & 0xfff}`);
    at += 4;
  }
  const vlans = tags.length === 0 ? '' : ` vlan ${tags.join(' ')}`;
  const payload = payloadSummary(frame, frame.readUInt16BE(at), at + 2);
  return `${macAt(frame, 6)} > ${macAt(frame, 0)}${vlans} ${payload}, ${frame.length} bytes`;
}
