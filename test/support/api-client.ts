import { eventually } from './eventually.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Decoded, where it is JSON; undefined when it is empty. */
  readonly body: unknown;
}

export interface ApiRow {
  readonly id: string;
  readonly status: string;
  readonly [key: string]: unknown;
}

type Resource = 'tap_service' | 'tap_flow';

/** Speaks the REST API as any HTTP client would; `headers` go with every request. */
export class ApiClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  /** Any request; never throws for a status. */
  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { ...this.#headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const answer = await fetch(`${this.#url}${path}`, { method, headers, ...content });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text || undefined };
  }

  /** Throws when the answer is none of success. */
  async ask(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return (answer.body ?? {}) as Readonly<Record<string, unknown>>;
  }

  async create(resource: Resource, attributes: Readonly<Record<string, unknown>>): Promise<ApiRow> {
    const made = await this.ask('POST', `/v2.0/taas/${resource}s`, { [resource]: attributes });
    return made[resource] as ApiRow;
  }

  async list(resource: Resource | 'port', query = ''): Promise<readonly ApiRow[]> {
    const path = resource === 'port' ? '/v2.0/ports' : `/v2.0/taas/${resource}s`;
    return (await this.ask('GET', `${path}${query}`))[`${resource}s`] as readonly ApiRow[];
  }

  async show(resource: Resource, id: string): Promise<ApiRow> {
    return (await this.ask('GET', `/v2.0/taas/${resource}s/${id}`))[resource] as ApiRow;
  }

  async delete(resource: Resource, id: string): Promise<void> {
    await this.ask('DELETE', `/v2.0/taas/${resource}s/${id}`);
  }

  /** Waits until each has the status. */
  async reached(status: string, resource: Resource, ...ids: readonly string[]): Promise<void> {
    const all = async () => {
      const rows = new Map((await this.list(resource)).map((row) => [row.id, row.status]));
      const others = ids.filter((id) => rows.get(id) !== status);
      if (others.length === 0) return true;
      throw new Error(`${others.length} of ${ids.length} are not, ${others[0]} is ${rows.get(others[0] ?? '')}`);
    };
    await eventually(all, { what: `${resource}s to be ${status}`, timeoutMs: 60_000, intervalMs: 10 });
  }

  /** Waits until none of them is there. */
  async gone(resource: Resource, ...ids: readonly string[]): Promise<void> {
    const none = async () => {
      const rows = (await this.list(resource)).filter(({ id }) => ids.includes(id));
      if (rows.length === 0) return true;
      throw new Error(`${rows.length} of ${ids.length} are still there, ${rows[0]?.id} is ${rows[0]?.status}`);
    };
    await eventually(none, { what: `${resource}s to be gone`, timeoutMs: 60_000, intervalMs: 10 });
  }

  /** Waits until all ports are known and plugged. */
  async plugged(...portIds: readonly string[]): Promise<void> {
    const all = async () => {
      const known = new Map((await this.list('port')).map((port) => [port.id, port.status]));
      const missing = portIds.filter((id) => known.get(id) !== 'ACTIVE');
      if (missing.length === 0) return true;
      throw new Error(`${missing[0]} is ${known.get(missing[0] ?? '')}`);
    };
    await eventually(all, { what: 'ports to be reported', timeoutMs: 30_000, intervalMs: 10 });
  }
}
