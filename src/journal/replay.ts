import type { DesiredState } from '../tap/desired-state.ts';
import { applyDeltas, type StateDelta } from '../tap/state-delta.ts';
import { HEADER_BYTES, readHeader } from './file-header.ts';
import { type Frame, findHead, readFrame, readHead } from './frame.ts';
import { JournalError } from './journal-error.ts';
import { readDelta, readSnapshot } from './payload.ts';
import { wayOut } from './way-out.ts';

/** What a journal's file says: header, snapshot, and a delta for each save since. */
export interface Replayed {
  /** The number of the last change in the snapshot. */
  readonly base: number;
  /** Undefined when it is damaged. */
  readonly snapshot: DesiredState | undefined;
  readonly deltas: readonly StateDelta[];
  /** The number of the last change. */
  readonly sequence: number;
  /** Bytes up to the end of the snapshot. */
  readonly snapshotEnd: number;
  /** Bytes up to the end of the last whole record. */
  readonly end: number;
  /** Bytes behind that: of a record that a crash kept from being written. */
  readonly torn: number;
}

function damaged(path: string, what: string, cause?: unknown): JournalError {
  return new JournalError('damaged', `${path} is damaged: ${what}; ${wayOut(path)}`, { cause });
}

/** The checksums are right, so what cannot be understood was written so. */
function read<T>({ sequence, payload }: Frame, as: (payload: Buffer) => T, path: string): T {
  try {
    return as(payload);
  } catch (cause) {
    throw damaged(path, `record ${sequence} is none that taas-agent writes`, cause);
  }
}

/** Where a snapshot that cannot be read ends. */
function behindDamagedSnapshot(bytes: Buffer, base: number): number {
  const head = readHead(bytes, HEADER_BYTES);
  const end = head?.sequence === base ? head.end : findHead(bytes, HEADER_BYTES, base);
  return Math.min(end ?? bytes.length, bytes.length);
}

/**
 * Each record was on disk before the next was begun. So a crash leaves at most one that is not whole, and nothing
 * behind it; where something is, saved records were spoilt.
 */
function isTornTail(bytes: Buffer, end: number, sequence: number): boolean {
  const head = readHead(bytes, end);
  if (head && head.end < bytes.length) return false;
  return findHead(bytes, end + 1, sequence) === undefined;
}

/**
 * Reads the bytes of a journal's file; `path` is for messages. A torn tail is left out.
 * @throws JournalError with code not-ours, version or damaged
 */
export function replay(bytes: Buffer, path: string): Replayed {
  const base = readHeader(bytes, path);
  const first = readFrame(bytes, HEADER_BYTES);
  const snapshot = first?.sequence === base ? read(first, readSnapshot, path) : undefined;
  const snapshotEnd = snapshot && first ? first.end : behindDamagedSnapshot(bytes, base);
  const deltas: StateDelta[] = [];
  let sequence = base;
  let end = snapshotEnd;
  for (let frame = readFrame(bytes, end); frame; frame = readFrame(bytes, end)) {
    if (frame.sequence !== sequence + 1) {
      throw damaged(path, `record ${frame.sequence} follows record ${sequence}`);
    }
    deltas.push(read(frame, readDelta, path));
    ({ sequence, end } = frame);
  }
  if (end < bytes.length && !isTornTail(bytes, end, sequence)) {
    throw damaged(path, `record ${sequence + 1}, at byte ${end}, is not what was saved, and others follow it`);
  }
  return { base, snapshot, deltas, sequence, snapshotEnd, end, torn: bytes.length - end };
}

/**
 * The state at the end of a file. Where its snapshot is damaged it follows from `earlier`, the file before it: that one
 * ends where the snapshot was made, so nothing is lost. Undefined when it does not.
 */
export function stateAtEnd({ snapshot, base, deltas }: Replayed, earlier?: Replayed): DesiredState | undefined {
  if (snapshot) return applyDeltas(snapshot, deltas);
  if (!earlier?.snapshot || earlier.sequence !== base || earlier.torn > 0) return undefined;
  return applyDeltas(earlier.snapshot, [...earlier.deltas, ...deltas]);
}
