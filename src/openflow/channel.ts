import type { Socket } from 'node:net';
import { Answers } from '../pacing/answers.ts';
import { IdleProbe } from '../pacing/idle-probe.ts';
import { checkHello, encodeHello } from './hello.ts';
import { encodeMessage, type Message, MessageStream, TYPE } from './message.ts';
import { asOpenflowError, OpenflowError } from './openflow-error.ts';
import { readErrorName } from './replies.ts';

export interface ChannelHandlers {
  /** Called for what answers nothing of ours, in the order of arrival; an error thrown here ends the channel. */
  readonly told: (message: Message) => void;
  /** Called once, when the stream is gone: nothing follows. */
  readonly ended: (error: OpenflowError) => void;
}

/** Who waits for the messages of one xid. Errors thrown here end the channel. */
export interface Waiter {
  readonly receive: (message: Message) => void;
  readonly fail: (error: OpenflowError) => void;
}

/** What a channel bears with. */
export interface ChannelLimits {
  /** A switch that is silent for so many ms is probed, and given up after as long again; 0 for never. */
  readonly probeInterval: number;
  /** One that has not answered a question for so many ms counts as unreachable. */
  readonly patience: number;
  /** The longest answer in parts that is taken, in bytes. */
  readonly maxAnswerBytes: number;
}

const XIDS = 2 ** 32;
/** Our answers that the switch has not taken yet, in bytes: sixteen of the longest. */
const MAX_UNTAKEN_BYTES = 1_048_576;

/** OpenFlow on one stream: hello, requests and who waits for their answers, `echo` both ways. Lives once. */
export class Channel {
  readonly #socket: Socket;
  readonly #handlers: ChannelHandlers;
  readonly #stream = new MessageStream();
  readonly #answers: Answers;
  readonly #probe: IdleProbe;
  readonly #waiters = new Map<number, Waiter>();
  /** Resolves when the socket is gone. */
  readonly gone: Promise<void>;
  readonly limits: ChannelLimits;
  #lastXid = 0;
  #greeted = false;
  #end: OpenflowError | undefined;

  constructor(socket: Socket, limits: ChannelLimits, handlers: ChannelHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.limits = limits;
    this.#answers = new Answers(socket, MAX_UNTAKEN_BYTES);
    this.#probe = new IdleProbe(limits.probeInterval, {
      probe: () => this.send(encodeMessage(TYPE.echoRequest, this.nextXid())),
      dead: () => this.end(new OpenflowError('unreachable', 'the switch does not answer a probe')),
    });
    this.gone = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.end(asOpenflowError(error, 'unreachable')));
    const closed = () => this.end(new OpenflowError('unreachable', 'the switch closed the connection'));
    // Told before `close`, which comes only when all of ours was written, too.
    socket.on('end', closed);
    socket.on('close', closed);
    this.send(encodeHello(this.nextXid()));
  }

  /** Why it is over; undefined while it is not. */
  get ended(): OpenflowError | undefined {
    return this.#end;
  }

  nextXid(): number {
    this.#lastXid = (this.#lastXid % (XIDS - 1)) + 1;
    return this.#lastXid;
  }

  /** Sends one message, or several behind one another. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Gives the messages of an xid to the waiter, until it is released. */
  expect(xid: number, waiter: Waiter): void {
    this.#waiters.set(xid, waiter);
  }

  release(xid: number): void {
    this.#waiters.delete(xid);
  }

  /** Ends it, once: whoever waits fails with the error. */
  end(error: OpenflowError): void {
    if (this.#end) return;
    this.#end = error;
    this.#probe.stop();
    this.#socket.destroy();
    for (const waiter of new Set(this.#waiters.values())) waiter.fail(error);
    this.#waiters.clear();
    this.#handlers.ended(error);
  }

  #receive(chunk: Buffer): void {
    this.#probe.activity();
    try {
      for (const message of this.#stream.push(chunk)) {
        if (this.#end) return;
        this.#handle(message);
      }
    } catch (error) {
      this.end(asOpenflowError(error, 'protocol'));
    }
  }

  #handle(message: Message): void {
    if (message.type === TYPE.hello) {
      checkHello(message);
      this.#greeted = true;
    } else if (message.type === TYPE.echoRequest) {
      this.#answer(encodeMessage(TYPE.echoReply, message.xid, (writer) => writer.raw(message.body)));
    } else if (!this.#greeted) {
      const what = message.type === TYPE.error ? readErrorName(message) : `a message of type ${message.type}`;
      throw new OpenflowError('protocol', `the switch sent ${what} instead of a hello`);
    } else {
      const waiter = this.#waiters.get(message.xid);
      if (waiter) waiter.receive(message);
      else this.#handlers.told(message);
    }
  }

  #answer(bytes: Uint8Array): void {
    if (this.#answers.write(bytes)) return;
    throw new OpenflowError('protocol', 'the switch asks without taking the answers');
  }
}
