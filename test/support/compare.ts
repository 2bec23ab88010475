import { summarizeFrame } from './summarize-frame.ts';

/** How two multisets of frames differ; each frame stands there once, with how often too few or too many it is. */
export interface FrameDifference {
  /** Expected, but not there at all or not often enough. */
  readonly missing: readonly FrameCount[];
  /** There, but not expected at all. */
  readonly extra: readonly FrameCount[];
  /** Expected, but there more often than that. */
  readonly doubled: readonly FrameCount[];
}

export interface FrameCount {
  readonly frame: Buffer;
  readonly count: number;
}

const SHOWN = 5;
const DUMPED_BYTES = 96;

function counted(frames: readonly Buffer[]): ReadonlyMap<string, FrameCount> {
  const counts = new Map<string, FrameCount>();
  for (const frame of frames) {
    const key = frame.toString('latin1');
    counts.set(key, { frame, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return counts;
}

/** Compares by bytes and number, whatever the order. */
export function frameDifference(actual: readonly Buffer[], expected: readonly Buffer[]): FrameDifference {
  const have = counted(actual);
  const want = counted(expected);
  const missing = [...want].flatMap(([key, { frame, count }]) => {
    const lack = count - (have.get(key)?.count ?? 0);
    return lack > 0 ? [{ frame, count: lack }] : [];
  });
  const more = [...have].flatMap(([key, { frame, count }]) => {
    const wanted = want.get(key)?.count ?? 0;
    return count > wanted ? [{ frame, count: count - wanted, wanted }] : [];
  });
  const pick = (known: boolean) =>
    more.flatMap(({ frame, count, wanted }) => (wanted > 0 === known ? [{ frame, count }] : []));
  return { missing, extra: pick(false), doubled: pick(true) };
}

function hexdump(frame: Buffer): string {
  const rows: string[] = [];
  for (let at = 0; at < Math.min(frame.length, DUMPED_BYTES); at += 16) {
    const row = frame.subarray(at, Math.min(at + 16, DUMPED_BYTES));
    const text = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    rows.push(
      `      ${at.toString(16).padStart(4, '0')}  ${row.toString('hex').replace(/..../g, '$& ').padEnd(40)} ${text}`,
    );
  }
  return rows.join('\n');
}

function paragraph(title: string, counts: readonly FrameCount[]): readonly string[] {
  if (counts.length === 0) return [];
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const shown = counts
    .slice(0, SHOWN)
    .map(({ frame, count }) => `  ${count} x ${summarizeFrame(frame)}\n${hexdump(frame)}`);
  const rest = counts.length > SHOWN ? [`  and ${counts.length - SHOWN} other frames`] : [];
  return [`${total} ${title}:`, ...shown, ...rest];
}

/**
 * Tells people how captured frames differ from what they should be: the first few with a summary and a hexdump. An empty
 * text means that both have the same frames equally often: `expect(compareFrames(actual, expected)).toBe('')`.
 */
export function compareFrames(actual: readonly Buffer[], expected: readonly Buffer[]): string {
  const { missing, extra, doubled } = frameDifference(actual, expected);
  const paragraphs = [
    paragraph('missing', missing),
    paragraph('extra', extra),
    paragraph('too many of expected ones', doubled),
  ];
  return paragraphs.flat().join('\n');
}
