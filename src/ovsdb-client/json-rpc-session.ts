import type { Socket } from 'node:net';
import { Answers } from '../pacing/answers.ts';
import { IdleProbe } from '../pacing/idle-probe.ts';
import { assertNever } from './assert-never.ts';
import { decodeDatabaseError } from './database-error-code.ts';
import type { Json, JsonObject } from './json.ts';
import { decodeJsonRpcMessage } from './json-rpc-message.ts';
import { JsonStream } from './json-stream.ts';
import { asOvsdbError, OvsdbError } from './ovsdb-error.ts';

export interface SessionOptions {
  /** The longest message accepted, in bytes. */
  readonly maxMessageBytes: number;
  /** A peer that is silent for this long is probed, and given up after as long again; ms, 0 for never. */
  readonly probeInterval: number;
}

export interface SessionHandlers {
  /** Called for each notification, in the order of arrival; an error thrown here ends the session. */
  readonly notified: (method: string, params: readonly Json[]) => void;
  /** Called once, when the stream is gone: nothing follows. */
  readonly ended: (error: OvsdbError) => void;
}

/** The server asks for a sign of life every few seconds, with some 40 bytes. */
const MAX_ANSWER_BYTES = 1_048_576;

interface PendingRequest {
  readonly resolve: (result: Json) => void;
  readonly reject: (error: OvsdbError) => void;
  readonly timer: NodeJS.Timeout;
}

/** JSON-RPC 1.0 on one stream (RFC 7047 section 4): requests out, notifications in, `echo` both ways. Lives once. */
export class JsonRpcSession {
  readonly #socket: Socket;
  readonly #handlers: SessionHandlers;
  readonly #stream: JsonStream;
  readonly #answers: Answers;
  readonly #probe: IdleProbe;
  readonly #pending = new Map<number, PendingRequest>();
  /** Resolves when the socket is gone. */
  readonly gone: Promise<void>;
  #lastId = 0;
  #end: OvsdbError | undefined;

  constructor(socket: Socket, options: SessionOptions, handlers: SessionHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#stream = new JsonStream(options.maxMessageBytes);
    this.#answers = new Answers(socket, MAX_ANSWER_BYTES);
    this.#probe = new IdleProbe(options.probeInterval, {
      probe: () => this.#send({ method: 'echo', params: [], id: 'probe' }),
      dead: () => this.end(new OvsdbError('disconnected', 'the server does not answer a probe')),
    });
    this.gone = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.end(asOvsdbError(error, 'disconnected')));
    socket.on('close', () => this.end(new OvsdbError('disconnected', 'the server closed the connection')));
  }

  /** Why the session is over; undefined while it is not. */
  get ended(): OvsdbError | undefined {
    return this.#end;
  }

  /**
   * @param timeout ms to wait for the reply; a transaction that is late is canceled (RFC 7047 section 4.1.4)
   * @throws OvsdbError `disconnected`, `closed`, `timeout` or `protocol`; or the code of the database's error reply
   */
  request(method: string, params: readonly Json[], timeout: number): Promise<Json> {
    if (this.#end) return Promise.reject(this.#end);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expire(id, method, timeout), timeout);
      this.#pending.set(id, { resolve, reject, timer });
      this.#send({ method, params, id });
    });
  }

  /** Ends the session, once: requests in flight are rejected with the error. */
  end(error: OvsdbError): void {
    if (this.#end) return;
    this.#end = error;
    this.#probe.stop();
    this.#socket.destroy();
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
    this.#handlers.ended(error);
  }

  #send(message: JsonObject): void {
    this.#socket.write(JSON.stringify(message));
  }

  #take(id: Json): PendingRequest | undefined {
    if (typeof id !== 'number') return undefined;
    const request = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(request?.timer);
    return request;
  }

  #expire(id: number, method: string, timeout: number): void {
    this.#take(id)?.reject(new OvsdbError('timeout', `no reply to ${method} within ${timeout} ms`));
    if (method === 'transact') this.#send({ method: 'cancel', params: [id], id: null });
  }

  #receive(chunk: Buffer): void {
    this.#probe.activity();
    try {
      for (const json of this.#stream.push(chunk)) {
        if (this.#end) return;
        this.#handle(json);
      }
    } catch (error) {
      this.end(asOvsdbError(error, 'protocol'));
    }
  }

  #handle(json: JsonObject): void {
    const message = decodeJsonRpcMessage(json);
    switch (message.kind) {
      case 'notification':
        this.#handlers.notified(message.method, message.params);
        break;
      case 'request':
        this.#answer(message.id, message.method, message.params);
        break;
      case 'result':
        // A reply that comes after its request timed out finds nobody waiting, as does the answer to a probe.
        this.#take(message.id)?.resolve(message.result);
        break;
      case 'error': {
        const { code, message: words } = decodeDatabaseError(message.error);
        this.#take(message.id)?.reject(new OvsdbError(code, words));
        break;
      }
      default:
        assertNever(message);
    }
  }

  /** RFC 7047 section 4.1.11: the server asks for a sign of life. It has no other requests. */
  #answer(id: Json, method: string, params: readonly Json[]): void {
    const answer =
      method === 'echo' ? { result: params, error: null, id } : { result: null, error: 'unknown method', id };
    if (!this.#answers.write(Buffer.from(JSON.stringify(answer)))) {
      throw new OvsdbError('protocol', 'the server asks without taking the answers');
    }
  }
}
