import { encodeBundleAdd, encodeBundleControl } from './bundle.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { Channel, Waiter } from './channel.ts';
import type { FlowMod, PacketOut } from './flow.ts';
import { formatFlowMod } from './flow-mod.ts';
import { encodeMessage, encodeMultipart, type Message, TYPE } from './message.ts';
import { OpenflowError } from './openflow-error.ts';
import { encodePacketOut } from './packet-out.ts';
import { readErrorName, readPart } from './replies.ts';

/**
 * Runs something that waits on a channel. One that gets no answer in time ends the channel: what had come of it is not known,
 * and a late answer must find nobody.
 */
function waiting(
  channel: Channel,
  what: string,
  run: (waiter: Omit<Waiter, 'receive'> & { readonly done: () => void }) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (channel.ended) return reject(channel.ended);
    const late = () =>
      new OpenflowError('unreachable', `no answer to ${what} within ${channel.limits.patience / 1000} s`);
    const timer = setTimeout(() => channel.end(late()), channel.limits.patience);
    const fail = (error: OpenflowError) => {
      clearTimeout(timer);
      reject(error);
    };
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    run({ fail, done });
  });
}

const refused = (what: string, reason: string, flow?: string) =>
  new OpenflowError('refused', `the switch refused ${what}: ${reason}`, { reason, ...(flow ? { flow } : {}) });

/**
 * Sends one request; `take` is given each message of its answer when it arrives, and says whether there are more to come.
 * @throws OpenflowError
 */
function converse(
  channel: Channel,
  what: string,
  encode: (xid: number) => Uint8Array,
  take: (message: Message) => 'more' | 'done',
): Promise<void> {
  return waiting(channel, what, ({ fail, done }) => {
    const xid = channel.nextXid();
    const receive = (message: Message) => {
      if (message.type !== TYPE.error && take(message) === 'more') return;
      channel.release(xid);
      if (message.type === TYPE.error) fail(refused(what, readErrorName(message)));
      else done();
    };
    channel.expect(xid, { receive, fail });
    channel.send(encode(xid));
  });
}

const wrong = (what: string) => new OpenflowError('protocol', `the switch answered ${what} with something else`);

/** Asks for one message. @throws OpenflowError */
export async function ask<T>(
  channel: Channel,
  what: string,
  [request, reply]: readonly [request: number, reply: number],
  read: (message: Message) => T,
): Promise<T> {
  let answer: T | undefined;
  await converse(
    channel,
    what,
    (xid) => encodeMessage(request, xid),
    (message) => {
      if (message.type !== reply) throw wrong(what);
      answer = read(message);
      return 'done';
    },
  );
  return answer as T;
}

/** A question whose answer comes in parts. */
export interface Question {
  readonly what: string;
  readonly kind: number;
  readonly put: (writer: ByteWriter) => void;
  /** Called for each part when it arrives. */
  readonly take: (body: ByteReader) => void;
  /** Called upon the last part, before the message that follows it is looked at. */
  readonly whole?: () => void;
}

/** @throws OpenflowError */
export function askParts(channel: Channel, { what, kind, put, take, whole }: Question): Promise<void> {
  let size = 0;
  return converse(
    channel,
    what,
    (xid) => encodeMultipart(kind, xid, put),
    (message) => {
      if (message.type !== TYPE.multipartReply) throw wrong(what);
      size += message.body.length;
      if (size > channel.limits.maxAnswerBytes)
        throw new OpenflowError('protocol', `the answer to ${what} does not end`);
      const part = readPart(message);
      if (part.kind !== kind) throw wrong(what);
      take(part.body);
      if (part.more) return 'more';
      whole?.();
      return 'done';
    },
  );
}

/** Discards a bundle that came to nothing; what the switch says to that is of no interest, the first refusal is. */
function discard(channel: Channel, bundle: number): void {
  const xid = channel.nextXid();
  const release = () => channel.release(xid);
  channel.expect(xid, { receive: release, fail: release });
  channel.send(encodeBundleControl('discard', bundle, xid));
}

/** Sends a bundle with its changes, but for the commit; resolves when the switch has looked at each. */
function fillBundle(channel: Channel, bundle: number, parts: readonly BundlePart[], noted: Refusals): Promise<void> {
  return waiting(channel, 'a bundle', ({ fail, done }) => {
    for (const { xid, mod } of parts) channel.expect(xid, { receive: (message) => noted.note(message, mod), fail });
    const [open, barrier] = [channel.nextXid(), channel.nextXid()];
    const finished = () => {
      channel.release(open);
      channel.release(barrier);
      done();
    };
    channel.expect(open, { receive: (message) => noted.note(message), fail });
    channel.expect(barrier, { receive: finished, fail });
    const changes = parts.map(({ bytes }) => bytes);
    const [first, last] = [encodeBundleControl('open', bundle, open), encodeMessage(TYPE.barrierRequest, barrier)];
    // In one write: each costs more than a flow's encoding.
    channel.send(Buffer.concat([first, ...changes, last]));
  });
}

interface BundlePart {
  readonly xid: number;
  readonly mod: FlowMod;
  readonly bytes: Uint8Array;
}

/** The first refusal among messages that are sent together. */
class Refusals {
  /** For messages that are no change of a flow. */
  readonly #what: string;
  #first: OpenflowError | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  get first(): OpenflowError | undefined {
    return this.#first;
  }

  note(message: Message, mod?: FlowMod): void {
    if (message.type !== TYPE.error) return;
    this.#first ??= refused(mod ? formatFlowMod(mod) : this.#what, readErrorName(message), mod && formatFlowMod(mod));
  }
}

/**
 * Changes flows in order, all of them or none. `whole` is called when the switch has confirmed it, before the message that
 * follows is looked at.
 * @throws OpenflowError `syntax` and `refused` with the flow
 */
export async function commitBundle(channel: Channel, mods: readonly FlowMod[], whole: () => void): Promise<void> {
  const bundle = channel.nextXid();
  const parts = mods.map((mod): BundlePart => encodePart(channel, bundle, mod));
  const refusals = new Refusals('a bundle');
  try {
    // A commit would do what is left of a bundle that lacks a refused part: it must wait until all are known to be good.
    await fillBundle(channel, bundle, parts, refusals);
    if (refusals.first) discard(channel, bundle);
    else
      await converse(
        channel,
        'a bundle',
        (xid) => encodeBundleControl('commit', bundle, xid),
        () => {
          whole();
          return 'done';
        },
      );
  } catch (error) {
    throw refusals.first ?? error;
  } finally {
    for (const { xid } of parts) channel.release(xid);
  }
  if (refusals.first) throw refusals.first;
}

function encodePart(channel: Channel, bundle: number, mod: FlowMod): BundlePart {
  const xid = channel.nextXid();
  try {
    return { xid, mod, bytes: encodeBundleAdd(mod, bundle, xid) };
  } catch (error) {
    if (!(error instanceof OpenflowError)) throw error;
    const flow = formatFlowMod(mod);
    throw new OpenflowError(error.code, `${error.message} (in ${flow})`, { cause: error, flow });
  }
}

/** Hands the switch frames; resolves when it has dealt with all of them. @throws OpenflowError `refused` for one that it would not take */
export async function sendFrames(channel: Channel, packets: readonly PacketOut[]): Promise<void> {
  const refusals = new Refusals('a frame');
  const parts = packets.map((packet) => {
    const xid = channel.nextXid();
    return { xid, bytes: encodePacketOut(packet, xid) };
  });
  try {
    await waiting(channel, 'a barrier behind frames', ({ fail, done }) => {
      for (const { xid } of parts) channel.expect(xid, { receive: (message) => refusals.note(message), fail });
      const barrier = channel.nextXid();
      const receive = () => {
        channel.release(barrier);
        done();
      };
      channel.expect(barrier, { receive, fail });
      channel.send(Buffer.concat([...parts.map(({ bytes }) => bytes), encodeMessage(TYPE.barrierRequest, barrier)]));
    });
  } finally {
    for (const { xid } of parts) channel.release(xid);
  }
  if (refusals.first) throw refusals.first;
}
