import type { IncomingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { CliError } from './cli-error.ts';
import { explainFault } from './explain-fault.ts';

/** PEM texts, and whether the server's certificate counts. */
export interface TlsOptions {
  /** The only authorities to trust; without it those that Node knows. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure: boolean;
}

export interface HttpClientOptions {
  readonly tls: TlsOptions;
  /** For one request with its whole answer. */
  readonly timeoutMilliseconds: number;
  readonly interrupted: AbortSignal;
}

/** Who is asked, for the sentence when that fails. */
export interface Peer {
  /** "the network API", "Keystone" */
  readonly name: string;
  /** What says where it is: "--os-endpoint (OS_ENDPOINT)" */
  readonly setting: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly peer: Peer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Loaded when needed: TLS alone takes several milliseconds of a command's start. */
async function opener(url: URL) {
  return url.protocol === 'https:' ? (await import('node:https')).request : (await import('node:http')).request;
}

/**
 * HTTP and HTTPS on Node's own modules, and not `fetch`, which takes no certificate authority and five times as long to
 * load. Follows no redirection: a token is for the endpoint that was named, and nobody else.
 */
export class HttpClient {
  readonly #tls: RequestOptions;
  readonly #timeoutMilliseconds: number;
  readonly #interrupted: AbortSignal;

  constructor({ tls: { insecure, ...files }, timeoutMilliseconds, interrupted }: HttpClientOptions) {
    this.#tls = { ...files, rejectUnauthorized: !insecure };
    this.#timeoutMilliseconds = timeoutMilliseconds;
    this.#interrupted = interrupted;
  }

  /**
   * Whatever the status, an answer is an answer.
   * @throws CliError unreachable, interrupted
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const timeout = AbortSignal.timeout(this.#timeoutMilliseconds);
    try {
      return await this.#exchange(request, AbortSignal.any([timeout, this.#interrupted]));
    } catch (cause) {
      if (this.#interrupted.aborted) throw new CliError('interrupted', 'interrupted', { cause });
      const { origin } = request.url;
      if (!timeout.aborted) throw new CliError('unreachable', explainFault(cause, origin, request.peer), { cause });
      const seconds = this.#timeoutMilliseconds / 1000;
      const sentence = `${request.peer.name} at ${origin} has not answered within ${seconds} seconds; is ${request.peer.setting} right?`;
      throw new CliError('unreachable', sentence, { cause });
    }
  }

  async #exchange({ method, url, headers = {}, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const open = await opener(url);
    const json = body === undefined ? undefined : JSON.stringify(body);
    const typed = json === undefined ? {} : { 'content-type': 'application/json' };
    const length = json === undefined ? {} : { 'content-length': Buffer.byteLength(json) };
    const sent = { accept: 'application/json', ...headers, ...typed, ...length };
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const request = open(url, { ...this.#tls, method, headers: sent, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(json);
    return await promise;
  }
}
