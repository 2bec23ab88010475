import { flowMessage, type Message, serviceMessage, snapshotMessage } from './messages.ts';
import type { PortTables } from './port-tables.ts';
import type { Lookup } from './rows.ts';
import type { TapTables } from './tap-tables.ts';

interface Row {
  readonly id: string;
  readonly status: string;
}

const leaving = ({ status }: Row) => status === 'PENDING_DELETE';
/**
 * What an agent has given up it is not to hold, nor is any other; neither what was stopped, its port being another
 * project's, which is in ERROR, too.
 */
const wanted = ({ status }: Row) => status === 'DOWN' || status === 'ACTIVE';
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id);

/**
 * All that an agent should hold, and at the end which taps those are. The rows are those of now, maybe later than what
 * asked for them: what changed in between comes once more behind it, and does no harm. A flow whose service was given
 * up stays: it waits for the service's new chance.
 */
export function everything(taps: TapTables, ports: PortTables): Message[] {
  const services = taps.services();
  const flows = taps.list('tap_flow');
  const portById = new Map(ports.list().map((port) => [port.portId, port]));
  const serviceById = new Map(services.map((row) => [row.id, row]));
  const lookup: Lookup = { port: (id) => portById.get(id), service: (id) => serviceById.get(id) };
  const liveServices = services.filter(wanted);
  const liveFlows = flows.filter(wanted);
  return [
    ...flows.filter(leaving).map((row) => flowMessage('delete', row, lookup)),
    ...services.filter(leaving).map((row) => serviceMessage('delete', row, lookup)),
    ...liveServices.map((row) => serviceMessage('create', row, lookup)),
    ...liveFlows.map((row) => flowMessage('create', row, lookup)),
    snapshotMessage(ids(liveServices), ids(liveFlows)),
  ];
}
