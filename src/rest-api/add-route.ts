import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../contract/caller.ts';
import { methodNotAllowed } from './http-errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null at paths that are open to all. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    /** Answered without asking who calls. */
    open?: boolean;
    /** Answered however often it is asked. */
    unlimited?: boolean;
  }
}

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

export type Handlers = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', Handler>>>;

/** Whose request it is, at a path that is not open. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new Error(`${request.routeOptions.url} is open, so it has no caller`);
  return request.caller;
}

/** Adds a path. Methods that it does not have are refused: 405 with those that it has, or by `refuse`. */
export function addRoute(
  app: FastifyInstance,
  url: string,
  handlers: Handlers,
  { refuse, ...config }: { open?: boolean; unlimited?: boolean; refuse?: Handler } = {},
): void {
  const allowed = Object.keys(handlers);
  for (const [method, handler] of Object.entries(handlers)) app.route({ method, url, handler, config });
  const refused: Handler = (request, reply) => {
    reply.header('allow', allowed.join(', '));
    throw methodNotAllowed(request.method);
  };
  const others = app.supportedMethods.filter((method) => !allowed.includes(method));
  app.route({ method: others, url, handler: refuse ?? refused, config });
}
