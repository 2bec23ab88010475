import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addRoute } from './add-route.ts';
import { extensions } from './extensions.ts';
import { httpError, notFound } from './http-errors.ts';
import { networks, ports } from './inventory-kinds.ts';
import { idOf, originOf } from './request-url.ts';
import { tapFlows, tapServices } from './tap-kinds.ts';

/** neutron/api/views/versions.py. */
function versions(request: FastifyRequest) {
  const links = [{ rel: 'self', href: `${originOf(request)}/v2.0/` }];
  return { versions: [{ id: 'v2.0', status: 'CURRENT', links }] };
}

/** What /v2.0/ has: V2Controller of neutron/pecan_wsgi/controllers/root.py. */
function resources(request: FastifyRequest) {
  const layout = [networks, ports, tapServices, tapFlows].map(({ resource, collection, path }) => ({
    name: resource,
    collection,
    links: [{ rel: 'self', href: `${originOf(request)}${path}` }],
  }));
  return { resources: layout };
}

function showExtension(request: FastifyRequest) {
  const alias = idOf(request);
  const extension = extensions.find((known) => known.alias === alias);
  if (extension === undefined) throw httpError(404, `Extension with alias ${alias} does not exist`);
  return { extension };
}

/** Neutron answers 404, not 405, to other methods here. */
const refuse = (): never => {
  throw notFound();
};

/** What clients ask before they ask for anything else. */
export function addDiscoveryRoutes(app: FastifyInstance): void {
  addRoute(app, '/', { GET: versions }, { open: true });
  addRoute(app, '/v2.0', { GET: resources });
  addRoute(app, '/v2.0/extensions', { GET: () => ({ extensions }) }, { refuse });
  addRoute(app, '/v2.0/extensions/:id', { GET: showExtension }, { refuse });
}
