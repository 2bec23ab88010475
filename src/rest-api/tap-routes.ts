import type { FastifyInstance } from 'fastify';
import { badRequest, notAllowed } from '../contract/api-error.ts';
import type { Caller } from '../contract/caller.ts';
import type { Creation, ResourceName, Resources, Update } from '../contract/resources.ts';
import { addRoute, callerOf } from './add-route.ts';
import { answerItem, answerList } from './answer-list.ts';
import { checkCreation, checkUpdate } from './check-attributes.ts';
import type { ControlPlanePort } from './ports.ts';
import { readPost, readPut } from './read-body.ts';
import { bytesOf, idOf } from './request-url.ts';
import type { TapKind, TapView } from './tap-kinds.ts';

function refuseReader(caller: Caller, action: string): void {
  if (caller.role === 'reader') throw notAllowed(action);
}

/** The five calls of one of the resources that users create. */
export function addTapRoutes<R extends ResourceName>(
  app: FastifyInstance,
  kind: TapKind<R>,
  controlPlane: ControlPlanePort,
  cap: number | null,
): void {
  const { resource, collection, path, attributes } = kind;
  const view = (row: Resources[R]): TapView<R> => ({ ...row, tenant_id: row.project_id });

  /** As Neutron's policy: 404 where the caller may not even see it, 403 where he may. */
  const refuseReaderOf = (caller: Caller, action: string, id: string) => {
    if (caller.role !== 'reader') return;
    controlPlane.show(caller, resource, id);
    refuseReader(caller, action);
  };

  addRoute(app, path, {
    GET: (request) => answerList(request, kind, controlPlane.list(callerOf(request), resource).map(view), cap),
    POST: (request, reply) => {
      const caller = callerOf(request);
      const { bulk, items } = readPost(bytesOf(request), resource, collection);
      // The table's type says that its schemas give what a row holds.
      const creations = items.map((item) => checkCreation(item, attributes, caller) as Creation[R]);
      refuseReader(caller, `create_${resource}`);
      const rows = controlPlane.create(caller, resource, creations).map(view);
      reply.code(201);
      return bulk ? { [collection]: rows } : { [resource]: rows[0] };
    },
  });

  addRoute(app, `${path}/:id`, {
    GET: (request) => answerItem(request, kind, view(controlPlane.show(callerOf(request), resource, idOf(request)))),
    PUT: (request) => {
      const caller = callerOf(request);
      const update: Update = checkUpdate(readPut(bytesOf(request), resource, collection), attributes, caller);
      refuseReaderOf(caller, `update_${resource}`, idOf(request));
      return { [resource]: view(controlPlane.update(caller, resource, idOf(request), update)) };
    },
    DELETE: (request, reply) => {
      const caller = callerOf(request);
      refuseReaderOf(caller, `delete_${resource}`, idOf(request));
      if (bytesOf(request)) {
        controlPlane.show(caller, resource, idOf(request));
        throw badRequest('Request body is not supported in DELETE.');
      }
      controlPlane.delete(caller, resource, idOf(request));
      reply.code(204).send();
    },
  });
}
