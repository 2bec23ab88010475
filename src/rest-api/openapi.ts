import type { Kind } from './attribute.ts';
import { networks, portAssignment, ports } from './inventory-kinds.ts';
import { discoveryPaths } from './openapi-discovery.ts';
import { commonParameters } from './openapi-parameters.ts';
import { commonResponses, creationPath, deletionPath, itemPath, listPath, updatePath } from './openapi-paths.ts';
import { commonSchemas, creationSchemas, type Part, updateSchemas, viewSchemas } from './openapi-schemas.ts';
import { tapFlows, tapServices } from './tap-kinds.ts';

function tapPaths(kind: Kind, whatGoes: string): Part {
  const words = kind.resource.replace('_', ' ');
  return {
    [kind.path]: { ...listPath(kind), ...creationPath(kind) },
    [`${kind.path}/{id}`]: {
      ...itemPath(kind),
      ...updatePath(kind, `Change the name or description of a ${words}`),
      ...deletionPath(kind, `Delete a ${words}${whatGoes}`),
    },
  };
}

const tapSchemas = (kind: Kind): Part => ({
  ...viewSchemas(kind),
  ...creationSchemas(kind),
  ...updateSchemas(kind.resource, kind.attributes),
});

const paths: Part = {
  ...discoveryPaths,
  ...tapPaths(tapServices, ' and its tap flows'),
  ...tapPaths(tapFlows, ''),
  [ports.path]: listPath(ports),
  [`${ports.path}/{id}`]: {
    ...itemPath(ports),
    ...updatePath(ports, 'Give a port to a project (administrators only)'),
  },
  [networks.path]: listPath(networks),
  [`${networks.path}/{id}`]: itemPath(networks),
};

/**
 * The OpenAPI 3.1 document of this API (https://spec.openapis.org/oas/v3.1.1), made of the tables that requests are checked with.
 * Paths are those that Neutron documents; the server takes `.json` at their end too, and tap collections without `/taas`.
 */
export const openApi: Part = {
  openapi: '3.1.0',
  info: {
    title: 'Tap-as-a-Service',
    version: '2.0',
    description: "Neutron's REST API of Tap-as-a-Service, for hosts with Open vSwitch.",
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ token: [] }],
  tags: ['tap_services', 'tap_flows', 'ports', 'networks', 'discovery'].map((name) => ({ name })),
  paths,
  components: {
    securitySchemes: {
      token: {
        type: 'apiKey',
        in: 'header',
        name: 'X-Auth-Token',
        description: 'Not asked for where the server runs with noauth; X-Project-Id names the project there.',
      },
    },
    headers: { request_id: { description: 'req- and a UUID, also in the logs', schema: { type: 'string' } } },
    parameters: commonParameters,
    responses: commonResponses,
    schemas: {
      ...commonSchemas,
      ...tapSchemas(tapServices),
      ...tapSchemas(tapFlows),
      ...viewSchemas(ports),
      ...updateSchemas('port', portAssignment),
      ...viewSchemas(networks),
    },
  },
};
