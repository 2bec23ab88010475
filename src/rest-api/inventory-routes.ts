import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notAllowed } from '../contract/api-error.ts';
import { addRoute, callerOf } from './add-route.ts';
import { answerItem, answerList } from './answer-list.ts';
import { checkUpdate } from './check-attributes.ts';
import { networks, networkView, portAssignment, ports, portView } from './inventory-kinds.ts';
import type { ControlPlanePort } from './ports.ts';
import { readPut } from './read-body.ts';
import { bytesOf, idOf } from './request-url.ts';

/** Gives a port to a project: the one thing about a port that this API changes, and only for administrators. */
function assignPort(request: FastifyRequest, controlPlane: ControlPlanePort) {
  const [caller, id] = [callerOf(request), idOf(request)];
  const port = controlPlane.showPort(caller, id);
  if (caller.role !== 'admin') throw notAllowed('update_port');
  const update = checkUpdate(readPut(bytesOf(request), 'port', 'ports'), portAssignment, caller);
  if (!('project_id' in update)) return { port: portView(port) };
  // As portAssignment's schema checks it.
  const project = update['project_id'] as string | null;
  return { port: portView(controlPlane.assignPort(caller, id, project)) };
}

/** Ports and networks, as far as Neutron's clients need them to resolve names. */
export function addInventoryRoutes(app: FastifyInstance, controlPlane: ControlPlanePort, cap: number | null): void {
  addRoute(app, ports.path, {
    GET: (request) => answerList(request, ports, controlPlane.listPorts(callerOf(request)).map(portView), cap),
  });
  addRoute(app, `${ports.path}/:id`, {
    GET: (request) => answerItem(request, ports, portView(controlPlane.showPort(callerOf(request), idOf(request)))),
    PUT: (request) => assignPort(request, controlPlane),
  });
  addRoute(app, networks.path, {
    GET: (request) => answerList(request, networks, controlPlane.listNetworks(callerOf(request)).map(networkView), cap),
  });
  addRoute(app, `${networks.path}/:id`, {
    GET: (request) =>
      answerItem(request, networks, networkView(controlPlane.showNetwork(callerOf(request), idOf(request)))),
  });
}
