import { OpenflowError } from './openflow-error.ts';

/** Reserved ports of OpenFlow 1.4 (section 7.2.1) in the words of ovs-ofctl(8). */
const RESERVED = {
  IN_PORT: 0xfffffff8,
  TABLE: 0xfffffff9,
  NORMAL: 0xfffffffa,
  FLOOD: 0xfffffffb,
  ALL: 0xfffffffc,
  CONTROLLER: 0xfffffffd,
  LOCAL: 0xfffffffe,
  ANY: 0xffffffff,
} as const;

export const PORT_IN = RESERVED.IN_PORT;
export const PORT_ANY = RESERVED.ANY;
export const PORT_CONTROLLER = RESERVED.CONTROLLER;

/** Nicira's actions have ports of 16 bits; the reserved ones end both spaces. */
const RESERVED_SPAN = 0xffff0000;

/** The last number that a port of a switch can have. */
const LAST_PORT = 0xfeff;

const names: ReadonlyMap<number, string> = new Map(Object.entries(RESERVED).map(([name, port]) => [port, name]));

export function isReserved(port: number): boolean {
  return names.has(port);
}

export function formatPort(port: number): string {
  return names.get(port) ?? String(port);
}

/** @throws OpenflowError `syntax` */
export function parsePort(text: string): number {
  if (/^\d+$/.test(text)) {
    const port = Number(text);
    if (port <= LAST_PORT) return port;
  }
  const name = text.toUpperCase();
  if (Object.hasOwn(RESERVED, name)) return RESERVED[name as keyof typeof RESERVED];
  throw new OpenflowError('syntax', `not a port (0 to ${LAST_PORT}, ${Object.keys(RESERVED).join(', ')}): ${text}`);
}

/** As Nicira's actions have it. */
export function toShortPort(port: number): number {
  return port & 0xffff;
}

/** As OpenFlow 1.4 has it. */
export function fromShortPort(port: number): number {
  return port > LAST_PORT ? (port | RESERVED_SPAN) >>> 0 : port;
}
