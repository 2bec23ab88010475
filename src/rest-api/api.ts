import type { AddressInfo } from 'node:net';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import { addRoute } from './add-route.ts';
import { identify, limitRate } from './admit.ts';
import { answerError } from './answer-error.ts';
import type { Authenticate } from './authenticate.ts';
import { addDiscoveryRoutes } from './discovery-routes.ts';
import { httpError, notFound } from './http-errors.ts';
import { addInventoryRoutes } from './inventory-routes.ts';
import type { Limits } from './limits.ts';
import { normalizePath } from './normalize-path.ts';
import { openServer, type TlsTexts } from './open-server.ts';
import { openApi } from './openapi.ts';
import type { ControlPlanePort, Readiness } from './ports.ts';
import { addProbeRoutes } from './probe-routes.ts';
import { newRequestId, refuseConnection } from './refuse-connection.ts';
import { tapFlows, tapServices } from './tap-kinds.ts';
import { addTapRoutes } from './tap-routes.ts';
import type { Trace } from './trace.ts';

const SWEEP_MS = 50;

export interface ApiOptions {
  readonly controlPlane: ControlPlanePort;
  readonly authenticate: Authenticate;
  readonly readiness: () => Readiness;
  readonly limits: Limits;
  /** Without it: plain HTTP. */
  readonly tls?: TlsTexts;
  readonly trace: Trace;
}

export interface Address {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

/** Neutron's REST API of Tap-as-a-Service, over HTTP. */
export interface Api {
  /**
   * Resolves when connections are taken; port 0: one that is free.
   * Rejects with Node's error when the address cannot be had.
   */
  listen(address: { readonly host: string; readonly port: number }): Promise<Address>;
  /** Takes no more connections, answers what is under way (limits.drainMs at most) and resolves when all are closed. */
  close(): Promise<void>;
}

/** The parts that every request passes, in their order. */
function addFrame(app: FastifyInstance, { authenticate, limits, trace }: ApiOptions): void {
  // Neutron takes a body for JSON, whatever its type says; it is parsed where Neutron does, and refused in its words.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-openstack-request-id', request.id);
    // RFC 9112, section 3.2.
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      throw httpError(400, 'The request has no header Host.');
    }
  });
  limitRate(app, limits);
  identify(app, authenticate, trace);
  app.addHook('onResponse', async (request, reply) => {
    trace({
      kind: 'request_answered',
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      milliseconds: reply.elapsedTime,
      projectId: request.caller?.projectId ?? null,
    });
  });
  app.setNotFoundHandler(() => {
    throw notFound();
  });
}

function addRoutes(app: FastifyInstance, { controlPlane, readiness, limits }: ApiOptions): void {
  addDiscoveryRoutes(app);
  addTapRoutes(app, tapServices, controlPlane, limits.pageSize);
  addTapRoutes(app, tapFlows, controlPlane, limits.pageSize);
  addInventoryRoutes(app, controlPlane, limits.pageSize);
  addProbeRoutes(app, readiness);
  addRoute(app, '/openapi.json', { GET: () => openApi }, { open: true });
}

function createApp(options: ApiOptions): FastifyInstance {
  const { limits, tls, trace } = options;
  const onError = answerError(limits, trace);
  const app = fastify({
    serverFactory: (answer) => openServer(answer, limits, tls),
    genReqId: newRequestId,
    bodyLimit: limits.bodyBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // What comes on an open connection while we stop is answered like any other request, and the connection then closed.
    return503OnClosing: false,
    rewriteUrl: (request) => normalizePath(request.url ?? '/'),
    // A longer id is as unknown as any other.
    routerOptions: { maxParamLength: limits.headerBytes },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-openstack-request-id', request.id);
      onError(error, request, reply);
    },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, trace),
  });
  app.setErrorHandler(onError);
  app.register(rateLimit, { global: false });
  app.after((error) => {
    if (error) throw error;
    addFrame(app, options);
    addRoutes(app, options);
  });
  return app;
}

export function createApi(options: ApiOptions): Api {
  const app = createApp(options);
  return {
    async listen(address) {
      await app.listen(address);
      const { address: host, port } = app.server.address() as AddressInfo;
      return { host, port };
    },
    async close() {
      const { server } = app;
      // Node closes what is idle as it begins; what becomes idle after that would stay open for its keepAliveMs.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      const late = setTimeout(() => server.closeAllConnections(), options.limits.drainMs);
      try {
        await app.close();
      } finally {
        clearInterval(sweep);
        clearTimeout(late);
      }
    },
  };
}
