import { z } from 'zod';
import type { DesiredState } from '../tap/desired-state.ts';
import { JournalError } from './journal-error.ts';
import { stateParts } from './shapes.ts';
import { stateOf } from './state-json.ts';
import { newerVersion, wayOut } from './way-out.ts';

/** Names the file's kind, so that nobody's other file is taken for taps. */
const FORMAT = 'taas-agent taps';
const VERSION = 1;

const body = z.strictObject({ format: z.literal(FORMAT), version: z.literal(VERSION), ...stateParts });
const header = z.looseObject({ format: z.literal(FORMAT), version: z.int() });

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JournalError('damaged', `${path} is damaged: it is not whole JSON; ${wayOut(path)}`, { cause });
  }
}

/**
 * The taps in `taps.json`, the one JSON document in which agents kept them before there was a journal; `path` is for
 * messages.
 * @throws JournalError with code not-ours, version or damaged
 */
export function parseFormerFile(text: string, path: string): DesiredState {
  const json = parseJson(text, path);
  const head = header.safeParse(json);
  if (!head.success) {
    throw new JournalError('not-ours', `${path} holds something else than taps of taas-agent; set another state_dir`);
  }
  if (head.data.version > VERSION) {
    throw new JournalError('version', newerVersion(path, head.data.version, VERSION));
  }
  const parsed = body.safeParse(json);
  if (!parsed.success) {
    const message = `${path} is damaged: ${z.prettifyError(parsed.error).split('\n')[0]}; ${wayOut(path)}`;
    throw new JournalError('damaged', message, { cause: parsed.error });
  }
  return stateOf(parsed.data);
}
