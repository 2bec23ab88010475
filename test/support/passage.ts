import type { CapturedFrame } from './pcap.ts';

/** A span of the wall clock, in microseconds since the epoch; without end on a side that is not named. */
export interface Span {
  /** Frames before this do not count. */
  readonly from?: number | undefined;
  /** Nor do frames from here on. */
  readonly until?: number | undefined;
}

/** How the copies of some frames came, in numbers of frames. */
export interface Tally {
  /** Frames of which a copy was due. */
  readonly sent: number;
  /** Of these, those of which a copy came. */
  readonly copied: number;
  readonly lost: number;
  /** Copies that came besides the first of each. */
  readonly doubled: number;
  /** What came to the sensor and is no copy of such a frame: of the whole time, since nobody knows when it was due. */
  readonly foreign: number;
}

interface Due {
  readonly sentAt: number;
  /** When copies of it came. */
  readonly cameAt: number[];
}

const within = (at: number, { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY }: Span) =>
  at >= from && at < until;

/** What a tapped port has seen, beside what has come to the sensor. The frames of a port differ from each other. */
export class Passage {
  /** In the order in which they were sent. */
  readonly #due: readonly Due[];
  readonly #foreign: readonly CapturedFrame[];

  constructor(sent: readonly CapturedFrame[], copies: readonly CapturedFrame[]) {
    const due = new Map<string, Due>();
    for (const { bytes, atMicros } of sent) due.set(bytes.toString('latin1'), { sentAt: atMicros, cameAt: [] });
    const foreign: CapturedFrame[] = [];
    for (const copy of copies) {
      const of = due.get(copy.bytes.toString('latin1'));
      if (of) of.cameAt.push(copy.atMicros);
      else foreign.push(copy);
    }
    this.#due = [...due.values()];
    this.#foreign = foreign;
  }

  /** What came that is no copy. */
  get foreign(): readonly Buffer[] {
    return this.#foreign.map(({ bytes }) => bytes);
  }

  /** Counts the frames that were sent in a span of time, and their copies, whenever they came. */
  tally(span: Span = {}): Tally {
    const due = this.#due.filter(({ sentAt }) => within(sentAt, span));
    const lost = due.filter(({ cameAt }) => cameAt.length === 0).length;
    const came = due.reduce((sum, { cameAt }) => sum + cameAt.length, 0);
    const copied = due.length - lost;
    return { sent: due.length, copied, lost, doubled: came - copied, foreign: this.#foreign.length };
  }

  /**
   * Milliseconds from a moment on until copies come again: until the first copy of a frame that was sent behind the last
   * lost one. 0 when none was lost; undefined when the last that was sent is lost, too.
   */
  interruption(span: Span & { readonly from: number }): number | undefined {
    const due = this.#due.filter(({ sentAt }) => within(sentAt, span));
    const lastLost = due.findLastIndex(({ cameAt }) => cameAt.length === 0);
    if (lastLost < 0) return 0;
    const [again] = due[lastLost + 1]?.cameAt ?? [];
    return again === undefined ? undefined : (again - span.from) / 1000;
  }
}

/** The sum of tallies of different frames. */
export function sumOf(...tallies: readonly Tally[]): Tally {
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  return {
    sent: sum('sent'),
    copied: sum('copied'),
    lost: sum('lost'),
    doubled: sum('doubled'),
    foreign: sum('foreign'),
  };
}
