import { capture, type WaitOptions } from './capture.ts';
import { eventually } from './eventually.ts';
import type { CapturedFrame } from './pcap.ts';
import { decodeTunnelled, type Tunnelled } from './tunnel-packets.ts';
import { UNDERLAY_BRIDGE, type Underlay } from './underlay.ts';

/** A frame that crossed from one host to another. */
export interface Crossing extends Tunnelled {
  /** Microseconds since the epoch. */
  readonly atMicros: number;
}

export interface CrossingWait extends Pick<WaitOptions, 'timeoutMs'> {
  /** Counts only these. */
  readonly where?: (crossing: Crossing) => boolean;
}

/** What goes through the tunnels between hosts. What is in no tunnel (ARP of the hosts, say) is left out. */
export interface UnderlayCapture {
  /** All that have crossed by now, each once, in order; those that are still in a switch (see settle) come later. */
  crossings(): Promise<readonly Crossing[]>;
  /** Waits until at least so many are there, and answers those that count. */
  waitForCrossings(count: number, wait?: CrossingWait): Promise<readonly Crossing[]>;
  /** Ends it and answers all. */
  stop(): Promise<readonly Crossing[]>;
}

function crossingsIn(frames: readonly CapturedFrame[]): readonly Crossing[] {
  return frames.flatMap(({ atMicros, bytes }) => {
    const tunnelled = decodeTunnelled(bytes);
    return tunnelled ? [{ atMicros, ...tunnelled }] : [];
  });
}

/** Resolves when it sees what crosses. Throws as `capture` and `decodeTunnelled` do. */
export async function captureUnderlay(underlay: Pick<Underlay, 'namespace'>): Promise<UnderlayCapture> {
  const seen = await capture(underlay, { device: UNDERLAY_BRIDGE, direction: 'in' });
  const crossings = async () => crossingsIn(await seen.timedFrames());
  const waitForCrossings = (count: number, { where = () => true, timeoutMs = 30_000 }: CrossingWait = {}) => {
    const enough = async () => {
      const counted = (await crossings()).filter(where);
      if (counted.length < count) throw new Error(`${counted.length} have crossed`);
      return counted;
    };
    return eventually(enough, { what: `${count} frames to cross`, timeoutMs, intervalMs: 50 });
  };
  const stop = async () => {
    try {
      return await crossings();
    } finally {
      await seen.stop();
    }
  };
  return { crossings, waitForCrossings, stop };
}
