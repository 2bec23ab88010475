import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import { settingOf } from './connection-flags.ts';
import { decodeAnswer, type Row } from './decode-answer.ts';
import type { HttpClient, HttpRequest } from './http-client.ts';
import type { Kind } from './kinds.ts';
import type { Session } from './open-session.ts';

const PEER = { name: 'the network API', setting: settingOf('endpoint') };

/** Which rows of a list. */
export interface ListQuery {
  /** Attributes and the value that each must have. */
  readonly filters?: Readonly<Record<string, string>>;
  /** Other parameters: fields, sort_key, sort_dir, limit. */
  readonly parameters?: readonly (readonly [string, string])[];
}

/** With /v2.0 at its end, as some catalogs have it, or without. */
function baseOf(endpoint: URL): string {
  return `${endpoint.origin}${endpoint.pathname.replace(/\/+$/, '').replace(/\/v2\.0$/, '')}/v2.0`;
}

function queryOf(pairs: readonly (readonly [string, string])[]): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of pairs) query.append(name, value);
  return query;
}

/** Neutron with neutron-lib from 3.25.0 filters taps by nothing (bug 2142034). */
function isUnknownFilter(error: unknown): boolean {
  return error instanceof ApiError && error.status === 400 && /attribute for filtering/.test(error.message);
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The query of the page that follows, without its question mark; the host in the link may be one behind a proxy. */
function nextQuery(links: unknown): string | undefined {
  const next = Array.isArray(links) ? links.find((link) => isRow(link) && link['rel'] === 'next') : undefined;
  return isRow(next) ? URL.parse(String(next['href']), 'http://any.invalid')?.search.slice(1) : undefined;
}

/** Neutron's REST API, as far as the command line uses it. Every method throws ApiError when it is refused, and CliError. */
export class NetworkApi {
  readonly #http: HttpClient;
  readonly #base: string;
  readonly #headers: Session['headers'];

  constructor(http: HttpClient, { endpoint, headers }: Session) {
    this.#http = http;
    this.#base = baseOf(endpoint);
    this.#headers = headers;
  }

  async show(kind: Kind, id: string): Promise<Row> {
    return await this.#one(kind, 'GET', `/${encodeURIComponent(id)}`);
  }

  async create(kind: Kind, attributes: Row): Promise<Row> {
    return await this.#one(kind, 'POST', '', { [kind.key]: attributes });
  }

  async update(kind: Kind, id: string, attributes: Row): Promise<Row> {
    return await this.#one(kind, 'PUT', `/${encodeURIComponent(id)}`, { [kind.key]: attributes });
  }

  async delete(kind: Kind, id: string): Promise<void> {
    await this.#send('DELETE', `${this.#base}/${kind.path}/${encodeURIComponent(id)}`);
  }

  /** All that match, page by page where the server gives no more at once. */
  async list(kind: Kind, { filters = {}, parameters = [] }: ListQuery = {}): Promise<readonly Row[]> {
    const pairs = Object.entries(filters);
    try {
      return await this.#pages(kind, queryOf([...parameters, ...pairs]));
    } catch (error) {
      if (pairs.length === 0 || !isUnknownFilter(error)) throw error;
      const all = await this.#pages(kind, queryOf(parameters));
      return all.filter((row) => pairs.every(([key, value]) => row[key] === value));
    }
  }

  async #pages(kind: Kind, query: URLSearchParams): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (let next: string | undefined = query.toString(); next !== undefined; ) {
      const body = await this.#collection(kind, next);
      const page = body[`${kind.key}s`];
      if (!Array.isArray(page) || !page.every(isRow)) throw this.#strange(kind);
      rows.push(...page);
      // An empty page has no row to go on from, whatever its links say.
      next = page.length === 0 ? undefined : nextQuery(body[`${kind.key}s_links`]);
    }
    return rows;
  }

  async #collection(kind: Kind, query: string): Promise<Row> {
    const url = `${this.#base}/${kind.path}${query === '' ? '' : `?${query}`}`;
    try {
      return (await this.#send('GET', url)) ?? {};
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      const sentence = `the network API at ${this.#base} serves no ${kind.noun}s; Neutron does with its taas service plugin`;
      throw new CliError('strange-answer', sentence, { cause: error });
    }
  }

  async #one(kind: Kind, method: HttpRequest['method'], path: string, body?: unknown): Promise<Row> {
    const answer = await this.#send(method, `${this.#base}/${kind.path}${path}`, body);
    const row = answer?.[kind.key];
    if (!isRow(row) || typeof row['id'] !== 'string') throw this.#strange(kind);
    return row;
  }

  async #send(method: HttpRequest['method'], url: string, body?: unknown): Promise<Row | undefined> {
    const request = { method, url: new URL(url), headers: this.#headers, peer: PEER, body };
    return decodeAnswer(request, await this.#http.send(request));
  }

  #strange({ noun }: Kind): CliError {
    return new CliError('strange-answer', `what answers at ${this.#base} knows no ${noun}s; is ${PEER.setting} right?`);
  }
}
