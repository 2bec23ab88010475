import { startWebServer, textOf, type WebServer } from './web-server.ts';

export const USER = { name: 'ann', id: 'u1', password: 'very-secret' };

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

export interface KeystoneServer extends WebServer {
  readonly asked: readonly Asked[];
}

/** Answers as Keystone does: bodies and statuses of its API reference, v3. */
function reply(asked: Asked, { catalog, projects, token }: KeystoneOptions): { status: number; body: unknown } {
  const refusal = (code: number, title: string, message: string) => ({
    status: code,
    body: { error: { code, title, message } },
  });
  const { method, path } = asked;
  if (method === 'POST' && path === '/identity/v3/auth/tokens') {
    if (JSON.stringify(asked.body).includes('wrong'))
      return refusal(401, 'Unauthorized', 'The request you have made requires authentication.');
    return { status: 201, body: { token: { methods: ['password'], catalog, project: { id: 'p1' } } } };
  }
  if (!path.startsWith('/identity/')) return refusal(404, 'Not Found', 'Could not find it.');
  if (asked.token !== token) return refusal(401, 'Unauthorized', 'The request you have made requires authentication.');
  if (projects === 'hidden')
    return refusal(403, 'Forbidden', 'You are not authorized to perform the requested action.');
  const url = new URL(path, 'http://keystone');
  const [, , , collection = '', id] = url.pathname.split('/');
  const rows = projects.filter((row) => row.of === collection);
  if (id !== undefined) {
    const found = rows.find((row) => row.id === id);
    return found
      ? { status: 200, body: { [collection.slice(0, -1)]: found } }
      : refusal(404, 'Not Found', 'Could not find it.');
  }
  const domain = url.searchParams.get('domain_id');
  const named = rows.filter((row) => row.name === url.searchParams.get('name') && (!domain || row.domain === domain));
  return { status: 200, body: { [collection]: named } };
}

export interface KeystoneOptions {
  readonly catalog: unknown;
  /** The token that it gives. */
  readonly token: string;
  readonly projects: 'hidden' | readonly { of: 'projects' | 'domains'; id: string; name: string; domain?: string }[];
}

/** A Keystone below /identity, which takes every proof that has not the word "wrong" in it. */
export async function startKeystone(options: KeystoneOptions): Promise<KeystoneServer> {
  const asked: Asked[] = [];
  const server = await startWebServer(async (request, response) => {
    const text = await textOf(request);
    const token = request.headers['x-auth-token'];
    const each = {
      method: request.method ?? '',
      path: request.url ?? '',
      token: typeof token === 'string' ? token : undefined,
      body: text === '' ? undefined : JSON.parse(text),
    };
    asked.push(each);
    const { status, body } = reply(each, options);
    response.writeHead(status, { 'content-type': 'application/json', 'x-subject-token': options.token });
    response.end(JSON.stringify(body));
  });
  return { ...server, asked };
}
