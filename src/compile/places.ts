import type { FlowText } from '../openflow/flow.ts';
import { formatDetour, formatPlace } from '../openflow/flow-syntax.ts';
import { cookieOf, readCookie } from './cookie.ts';

/** What the 802.1Q tag says that each copy has between two hosts. */
export const VID = {
  /** A copy that is sent to one host. */
  unicast: 0,
  /** A copy that is sent to all hosts, or to one that may not be the right one: who has the service answers. */
  flooded: 1,
  /** Such a copy that came back, which says where the service is. */
  answer: 2,
} as const;

/** Where the switch keeps, by itself, the places of services from which an answer came. */
export const PLACES = { table: 33, priority: 20 } as const;

/** In place of a port: copies are held back. No port of a switch has this number. */
export const NOWHERE = 0xffff;

/** Below a learnt place, which ends the pause at once. */
const PAUSE_PRIORITY = 10;

/** Where copies for a service are sent: the switch has learnt it from an answer. */
export interface Place {
  /** Of the service. */
  readonly number: number;
  /** OpenFlow port number of the tunnel. */
  readonly port: number;
  /** Copies that are sent there ask for another answer, upon which the switch makes it a place that does not ask. */
  readonly asks: boolean;
}

const VIDS = [VID.unicast, VID.flooded] as const;

/** What a learnt flow says; undefined for one that `learn_place` would not make. */
export function readPlace({ table, priority, cookie, actions }: FlowText): Place | undefined {
  const read = readCookie(cookie);
  if (read?.stage !== 'learnt' || table !== PLACES.table || priority !== PLACES.priority) return undefined;
  const port = Number(/:(0x[0-9a-f]+)->[^>]*$/.exec(actions)?.[1] ?? Number.NaN);
  const vid = VIDS.find((each) => actions === formatPlace(each, port));
  return vid === undefined ? undefined : { number: read.value, port, asks: vid === VID.flooded };
}

/** The same place, with copies that ask for an answer. */
export function askingPlace(flow: FlowText, { port }: Place): FlowText {
  return { ...flow, actions: formatPlace(VID.flooded, port) };
}

/** Holds the copies for a service back that nobody has answered, until somebody does. */
export function pauseFlow(number: number, match: string): FlowText {
  const cookie = cookieOf('learnt', number);
  const { table } = PLACES;
  return { bridge: 'tunnel', table, priority: PAUSE_PRIORITY, cookie, match, actions: formatDetour(NOWHERE) };
}

/** The number of the service whose copies a flow holds back; undefined for any other flow. */
export function readPause({ table, priority, cookie, actions }: FlowText): number | undefined {
  const read = readCookie(cookie);
  const isPause = table === PLACES.table && priority === PAUSE_PRIORITY && actions === formatDetour(NOWHERE);
  return isPause && read?.stage === 'learnt' ? read.value : undefined;
}
