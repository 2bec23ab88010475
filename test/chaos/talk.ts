import type { Capture } from '../support/capture.ts';
import { BROADCAST, ethernet, numbered } from '../support/frames.ts';
import type { CapturedFrame } from '../support/pcap.ts';
import { type FrameStream, streamFrames } from '../support/send-frames.ts';
import { settle } from '../support/settle.ts';
import { summarizeFrame } from '../support/summarize-frame.ts';
import { type CrowdPort, listen } from './crowd.ts';

/** Frames that each port had got, by who was listening. */
export type Heard = ReadonlyMap<CrowdPort, readonly CapturedFrame[]>;

/** Slow, so that many can talk at once. */
const GAP_MICROS = 8_000;

let talks = 0;

/** Ports that talk to everybody in their networks for as long as something goes on, each frame another, while others listen. */
export class Talk {
  readonly #streams: readonly FrameStream[];
  readonly #captures: ReadonlyMap<CrowdPort, Capture>;

  private constructor(streams: readonly FrameStream[], captures: ReadonlyMap<CrowdPort, Capture>) {
    this.#streams = streams;
    this.#captures = captures;
  }

  static async start(talkers: readonly CrowdPort[], listeners: readonly CrowdPort[]): Promise<Talk> {
    const captures = await listen(listeners);
    return new Talk(talkers.map(stream), captures);
  }

  /** Nobody talks any more. Where other frames flow as well, all must be hushed before one is stopped. */
  async hush(): Promise<void> {
    await Promise.all(this.#streams.map((each) => each.stop()));
  }

  /** Ends it, and answers what all have heard. */
  async stop(): Promise<Heard> {
    const [any] = this.#captures.keys();
    await this.hush();
    if (any) await settle(any.switch);
    const heard = [...this.#captures].map(async ([port, one]) => {
      const frames = await one.timedFrames();
      await one.stop();
      return [port, frames] as const;
    });
    return new Map(await Promise.all(heard));
  }
}

function stream(from: CrowdPort): FrameStream {
  talks += 1;
  const label = `talk-${talks}`;
  let number = 0;
  const next = () => {
    number += 1;
    return ethernet({ src: from.mac, dst: BROADCAST }, { etherType: 0x88b5, bytes: numbered(label, number) });
  };
  return streamFrames(from, next, { gapMicros: GAP_MICROS });
}

const senderOf = (frame: Buffer) => (frame.toString('hex', 6, 12).match(/../g) ?? []).join(':');

/** Frames that came more often than one of their sender may have come until then, in words. */
export function tooOften(
  frames: readonly CapturedFrame[],
  most: (mac: string, atMs: number) => number,
): readonly string[] {
  const counts = new Map<string, number>();
  return frames.flatMap(({ bytes, atMicros }) => {
    const key = bytes.toString('latin1');
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const may = most(senderOf(bytes), atMicros / 1000);
    return count > may ? [`${count} instead of ${may} x ${summarizeFrame(bytes)}`] : [];
  });
}
