import type { FastifyInstance } from 'fastify';
import { addRoute } from './add-route.ts';
import type { Readiness } from './ports.ts';

/** For supervisors and load balancers: asked often, and by nobody with a token. */
export function addProbeRoutes(app: FastifyInstance, readiness: () => Readiness): void {
  const options = { open: true, unlimited: true };
  addRoute(
    app,
    '/healthz',
    { GET: (_request, reply) => reply.type('text/plain; charset=utf-8').send('ok\n') },
    options,
  );
  addRoute(
    app,
    '/readyz',
    {
      GET: (_request, reply) => {
        const state = readiness();
        const [code, text] = state.ready ? [200, 'ready\n'] : [503, `${state.reason}\n`];
        return reply.code(code).type('text/plain; charset=utf-8').send(text);
      },
    },
    options,
  );
}
