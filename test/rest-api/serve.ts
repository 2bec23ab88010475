import type { AgentReport } from '../../src/contract/agent-report.ts';
import type { Caller } from '../../src/contract/caller.ts';
import { type OpenControlPlane, openControlPlane } from '../../src/control-plane/open-control-plane.ts';
import { type ApiOptions, createApi } from '../../src/rest-api/api.ts';
import type { Authenticate } from '../../src/rest-api/authenticate.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/rest-api/limits.ts';
import type { ApiTrace } from '../../src/rest-api/trace.ts';

/** Ports of the host that every served control plane knows. The last is of another project. */
export const PORT = {
  sensor: 'aaaaaaaa-0000-4000-8000-000000000001',
  web: 'aaaaaaaa-0000-4000-8000-000000000002',
  db: 'aaaaaaaa-0000-4000-8000-000000000003',
  foreign: 'aaaaaaaa-0000-4000-8000-000000000009',
} as const;

export const NOWHERE = 'eeeeeeee-0000-4000-8000-00000000000e';

/** Tokens of the callers, by name. */
export const TOKEN: { readonly [Name in 'admin' | 'member' | 'reader' | 'stranger']: string } = {
  admin: 'boss',
  member: 'ann',
  reader: 'eve',
  stranger: 'sam',
};

const IDENTITIES: Readonly<Record<string, Omit<Caller, 'requestId'>>> = {
  boss: { projectId: 'ops', role: 'admin' },
  ann: { projectId: 'red', role: 'member' },
  eve: { projectId: 'red', role: 'reader' },
  sam: { projectId: 'blue', role: 'member' },
};

/** Callers as a file of tokens would tell them, without the file. */
export const byName: Authenticate = async (headers) => IDENTITIES[String(headers['x-auth-token'])] ?? null;

const inventory = (): AgentReport => ({
  kind: 'ports',
  host: 'host-1',
  tunnelAddress: null,
  ports: Object.entries(PORT).map(([name, portId], index) => ({
    portId,
    interfaceName: `tap-${name}`,
    portName: name,
    mac: `fa:16:3e:00:00:0${index}`,
    vlan: 10 + index,
    projectId: name === 'foreign' ? 'blue' : 'red',
    plugged: name !== 'db',
  })),
});

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what JSON holds is what each test expects of it
  readonly body: any;
}

export interface AskOptions {
  /** Sent as JSON; a string or bytes as they are. */
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Served {
  readonly url: string;
  readonly traces: readonly ApiTrace[];
  readonly plane: OpenControlPlane;
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** An agent has realised it. */
  report(of: 'tap_service' | 'tap_flow', id: string, status: 'ACTIVE' | 'ERROR' | 'INACTIVE'): Promise<void>;
  /** Also a second time. */
  close(): Promise<void>;
}

export type ServeOptions = Partial<Omit<ApiOptions, 'limits' | 'trace'>> & {
  readonly limits?: Partial<Limits>;
  readonly quota?: number;
  readonly taasIds?: { readonly first: number; readonly last: number };
};

function toBody(body: unknown): { readonly body?: string | Uint8Array } {
  if (body === undefined) return {};
  return { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) };
}

/** The API over a real control plane, listening on a port of its own; callers are told apart by TOKEN. */
export async function serve({
  limits,
  quota = -1,
  taasIds = { first: 3900, last: 3999 },
  ...more
}: ServeOptions = {}): Promise<Served> {
  const traces: ApiTrace[] = [];
  let closing: Promise<void> | undefined;
  const plane = openControlPlane({
    database: ':memory:',
    limits: { quota: { tap_service: quota, tap_flow: quota }, taasIds },
    castPort: { send: async () => undefined },
    trace: () => undefined,
  });
  await plane.desk.take(inventory());
  const api = createApi({
    controlPlane: plane.controlPlane,
    authenticate: byName,
    readiness: () => ({ ready: true }),
    limits: { ...DEFAULT_LIMITS, requestsPerMinute: null, ...limits },
    trace: (event) => traces.push(event),
    ...more,
  });
  const { port } = await api.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    traces,
    plane,
    async ask(method, path, { body, token = TOKEN.member, headers = {} } = {}) {
      const credentials = token === '' ? {} : { 'x-auth-token': token };
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...credentials, ...headers },
        ...toBody(body),
      });
      const text = await response.text();
      const json = response.headers.get('content-type')?.startsWith('application/json');
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? undefined : json ? JSON.parse(text) : text,
      };
    },
    report: (of, id, status) => plane.desk.take({ kind: 'status', of, id, status, host: 'host-1' }),
    close() {
      closing ??= api.close().then(() => plane.close());
      return closing;
    },
  };
}
