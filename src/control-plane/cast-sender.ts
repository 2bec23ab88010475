import type { AgentCast } from '../contract/cast.ts';
import { Worker } from '../pacing/worker.ts';
import { newRequestId, newUniqueId } from './caster.ts';
import type { ControlPlaneTrace } from './control-plane-trace.ts';
import { everything } from './everything.ts';
import type { Outbox, OutboxEntry } from './outbox.ts';
import type { PortTables } from './port-tables.ts';
import type { TapTables } from './tap-tables.ts';

/** The way to the agents. */
export interface CastPort {
  /** Resolves when the broker has confirmed all; what it has then arrives at each agent in this order. */
  send(casts: readonly AgentCast[]): Promise<void>;
}

export interface CastSenderParts {
  readonly taps: TapTables;
  readonly ports: PortTables;
  readonly outbox: Outbox;
  readonly port: CastPort;
  readonly trace: (event: ControlPlaneTrace) => void;
}

/** Outbox entries that are sent side by side. */
const BATCH = 200;
/**
 * So many hosts that ask for everything at once are answered one by one. More of them, as when a broker comes back, get
 * one answer that goes to all agents: for 100 hosts and 5,000 taps it is 5,000 casts, not half a million.
 */
const FEW_HOSTS = 8;

/**
 * Sends the outbox in order, again and again until the broker has confirmed each cast; begins with what an earlier run
 * has left.
 */
export function castSender(parts: CastSenderParts): Worker {
  return new Worker({
    work: () => sendBatch(parts),
    onFailure: (error, retryMilliseconds) => parts.trace({ kind: 'casts-failed', error, retryMilliseconds }),
  });
}

async function sendBatch(parts: CastSenderParts): Promise<boolean> {
  const { outbox, port, trace } = parts;
  const entries = ofOneKind(outbox.oldest(BATCH));
  const last = entries.at(-1);
  if (!last) return false;
  const asking = entries.flatMap((entry) => (entry.kind === 'sync' ? [entry.host] : []));
  const changes = entries.flatMap((entry) => (entry.kind === 'cast' ? [entry.cast] : []));
  const casts = asking.length > 0 ? everythingTo(asking, parts) : changes;
  await port.send(casts);
  outbox.sent(last.seq);
  trace({ kind: 'casts-sent', casts: casts.length });
  return true;
}

function everythingTo(hosts: readonly string[], { taps, ports }: CastSenderParts): readonly AgentCast[] {
  const requestId = newRequestId();
  const messages = everything(taps, ports);
  return (hosts.length > FEW_HOSTS ? [null] : hosts).flatMap((host) =>
    messages.map((message) => ({ ...message, host, uniqueId: newUniqueId(), requestId })),
  );
}

/** The first entries, up to where casts end and hosts that ask for everything begin, or the other way round. */
function ofOneKind(entries: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const end = entries.findIndex(({ kind }) => kind !== entries[0]?.kind);
  return end < 0 ? entries : entries.slice(0, end);
}
