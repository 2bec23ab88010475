import { z } from 'zod';
import type { DesiredState } from '../tap/desired-state.ts';
import { JournalError } from './journal-error.ts';

/** Names the file's kind, so that nobody's other file is taken for taps. */
const FORMAT = 'taas-agent taps';
const VERSION = 1;

const held = { number: z.int(), host: z.string().nullable(), confirmed: z.boolean(), reportDue: z.boolean() };
const reports = z.array(
  z.strictObject({
    kind: z.enum(['tap_service', 'tap_flow']),
    id: z.string(),
    status: z.enum(['ACTIVE', 'ERROR', 'INACTIVE']),
  }),
);
const body = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  tapServices: z.array(
    z.strictObject({ ...held, tap: z.strictObject({ id: z.string(), taasId: z.int(), portId: z.string() }) }),
  ),
  tapFlows: z.array(
    z.strictObject({
      ...held,
      tap: z.strictObject({
        id: z.string(),
        tapServiceId: z.string(),
        sourcePortId: z.string(),
        sourceMac: z.string(),
        direction: z.enum(['IN', 'OUT', 'BOTH']),
        vlanFilter: z.array(z.strictObject({ first: z.int(), last: z.int() })).nullable(),
      }),
    }),
  ),
  lastNumber: z.int(),
  deleted: z.array(z.string()),
  departing: reports,
  reports,
});
const header = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

/** The state as the text of a file. */
export function formatState(state: DesiredState): string {
  const { tapServices, tapFlows, ...rest } = state;
  const taps = { tapServices: [...tapServices.values()], tapFlows: [...tapFlows.values()] };
  return `${JSON.stringify({ format: FORMAT, version: VERSION, ...taps, ...rest })}\n`;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JournalError('damaged', `${path} is damaged: it is not whole JSON; ${wayOut(path)}`, { cause });
  }
}

const wayOut = (path: string) =>
  `move it away and start again: Neutron then sends the taps of this host anew (keep ${path} for the bug report)`;

/**
 * The inverse of formatState; `path` is for messages.
 * @throws JournalError with code not-ours, version or damaged
 */
export function parseState(text: string, path: string): DesiredState {
  const json = parseJson(text, path);
  const head = header.safeParse(json);
  if (!head.success) {
    throw new JournalError('not-ours', `${path} holds something else than taps of taas-agent; set another state_dir`);
  }
  if (head.data.version > VERSION) {
    const message = `${path} was written by a newer taas-agent (version ${head.data.version}, this one reads ${VERSION}); start that one, or ${wayOut(path)}`;
    throw new JournalError('version', message);
  }
  const parsed = body.safeParse(json);
  if (!parsed.success) {
    const message = `${path} is damaged: ${z.prettifyError(parsed.error).split('\n')[0]}; ${wayOut(path)}`;
    throw new JournalError('damaged', message, { cause: parsed.error });
  }
  const { tapServices, tapFlows, lastNumber, deleted, departing, reports: due } = parsed.data;
  return {
    tapServices: new Map(tapServices.map((entry) => [entry.tap.id, entry])),
    tapFlows: new Map(tapFlows.map((entry) => [entry.tap.id, entry])),
    lastNumber,
    deleted,
    departing,
    reports: due,
  };
}
