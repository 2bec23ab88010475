import type { Capture } from './capture.ts';
import { eventually } from './eventually.ts';
import { BROADCAST, ethernet, numbered } from './frames.ts';
import { ipv4, udp } from './packets.ts';
import { Passage } from './passage.ts';
import type { Scene } from './scene.ts';
import { type FrameStream, sendFrames, streamFrames } from './send-frames.ts';
import type { Vm } from './vm.ts';

export interface TrafficOptions {
  /** What it sends is tapped (OUT) ... */
  readonly from: Vm;
  /** ... and so is what this one of the same network gets (IN); every other frame is for it alone, the others for all. */
  readonly to: Vm;
  /** Where the copies arrive, of each tap that there is. */
  readonly sensors: { readonly out?: Vm; readonly in?: Vm };
  /** VMs of other networks, to which nothing of all this may come. */
  readonly bystanders?: readonly Vm[];
  /** From one frame to the next, in microseconds; 1000 unless told. */
  readonly gapMicros?: number;
}

type At = Pick<Scene, 'capture' | 'settle'>;

/** What became of the frames, once all switches had dealt with them. */
export interface Passed {
  /** From the tapped VM to the sensor of what it sends. */
  readonly out: Passage;
  /** From what the other VM got to the sensor of that. */
  readonly in: Passage;
  /** From VM to VM: the traffic itself, which no tap may alter. */
  readonly itself: Passage;
  /** What came to the bystanders. */
  readonly leaked: readonly Buffer[];
}

interface Captures {
  readonly sent: Capture;
  readonly received: Capture;
  readonly out: Capture | undefined;
  readonly in: Capture | undefined;
  readonly bystanders: readonly Capture[];
}

let streams = 0;

const framed = (from: Vm, dst: string, label: string, number: number) =>
  ethernet({ src: from.mac, dst }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, udp(9, 9, numbered(label, number))));

/** Has the switch learn where both are, so that it floods nothing of theirs. */
async function introduce(scene: At, from: Vm, to: Vm): Promise<void> {
  for (const each of [from, to]) await sendFrames(each, [framed(each, BROADCAST, 'hello', 0)]);
  await scene.settle();
}

async function startCaptures(scene: At, { from, to, sensors, bystanders = [] }: TrafficOptions): Promise<Captures> {
  const incoming = (vm: Vm) => scene.capture(vm, { direction: 'in' });
  const [sent, received, out, incomingCopies, ...others] = await Promise.all([
    scene.capture(from, { direction: 'out' }),
    incoming(to),
    sensors.out && incoming(sensors.out),
    sensors.in && incoming(sensors.in),
    ...bystanders.map(incoming),
  ]);
  return { sent, received, out, in: incomingCopies, bystanders: others.filter((each) => each !== undefined) };
}

/** All frames that have been captured, or none where nobody captures. */
const taken = async (one: Capture | undefined) => (one ? await one.timedFrames() : []);

/**
 * Frames that a tapped VM sends to another one without a pause while something is done to all around them, each with a
 * number of its own, and what came of them at the sensors. It begins with `start` and ends with `stop`; `scene.reset`
 * ends the captures of one that a failing test has left, and the sender ends with its namespace or the test process.
 */
export class Traffic {
  readonly #scene: At;
  readonly #stream: FrameStream;
  readonly #captures: Captures;

  private constructor(scene: At, stream: FrameStream, captures: Captures) {
    this.#scene = scene;
    this.#stream = stream;
    this.#captures = captures;
  }

  /** The taps are ACTIVE. Resolves when frames flow. */
  static async start(scene: At, options: TrafficOptions): Promise<Traffic> {
    const { from, to, gapMicros = 1000 } = options;
    await introduce(scene, from, to);
    const captures = await startCaptures(scene, options);
    streams += 1;
    const label = `stream-${streams}`;
    let number = 0;
    const next = () => {
      number += 1;
      return framed(from, number % 2 === 0 ? to.mac : BROADCAST, label, number);
    };
    const traffic = new Traffic(scene, streamFrames(from, next, { gapMicros }), captures);
    await traffic.sent(1);
    return traffic;
  }

  /**
   * Now, by the clock of the captures (microseconds since the epoch), as a mark from which on frames count: a frame that
   * was sent before this call is before the mark.
   */
  static mark(): number {
    return (Date.now() + 1) * 1000;
  }

  /** Resolves when so many frames more have been sent. */
  async sent(count: number): Promise<void> {
    const { sent } = this.#captures;
    const before = await sent.countSoFar();
    const enough = async () => (await sent.countSoFar()) - before >= count;
    await eventually(enough, { what: `${count} frames to be sent`, timeoutMs: 120_000 });
  }

  /** Does something amid the traffic: frames have flowed before, and so many have at the least when this resolves. */
  async beside(doing: () => Promise<unknown>, atLeast: number): Promise<void> {
    const outcomes = await Promise.allSettled([this.sent(atLeast), doing()]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** What has become of the frames so far; while they flow, of the newest nobody can tell yet. */
  async passed(): Promise<Passed> {
    const { sent, received, out, in: incoming, bystanders } = this.#captures;
    const [sentFrames, receivedFrames] = [await taken(sent), await taken(received)];
    const leaked: Buffer[] = [];
    for (const each of bystanders) leaked.push(...(await each.frames()));
    return {
      out: new Passage(sentFrames, await taken(out)),
      in: new Passage(receivedFrames, await taken(incoming)),
      itself: new Passage(sentFrames, receivedFrames),
      leaked,
    };
  }

  /** Sends no more. Where frames of others flow as well, all must be hushed before one is stopped. */
  hush(): Promise<void> {
    return this.#stream.stop();
  }

  /** Ends it, and answers what became of all frames. */
  async stop(): Promise<Passed> {
    await this.hush();
    await this.#scene.settle();
    const passed = await this.passed();
    const { sent, received, out, in: incoming, bystanders } = this.#captures;
    for (const each of [sent, received, out, incoming, ...bystanders]) await each?.stop();
    return passed;
  }
}
