import { badRequest } from '../contract/api-error.ts';
import type { Caller } from '../contract/caller.ts';
import type { Attribute } from './attribute.ts';
import { pythonRepr } from './python-text.ts';

/** Attributes of one resource by name, as a body gives them. */
export type Values = Readonly<Record<string, unknown>>;

type AnyAttributes = Readonly<Record<string, Attribute>>;

/** Both names of the owner, where either is given: populate_project_info. */
function withBothOwners(values: Values): Values {
  const both =
    'tenant_id' in values && !('project_id' in values)
      ? { ...values, project_id: values['tenant_id'] }
      : 'project_id' in values && !('tenant_id' in values)
        ? { ...values, tenant_id: values['project_id'] }
        : values;
  if (pythonRepr(both['project_id']) !== pythonRepr(both['tenant_id'])) {
    throw badRequest("'project_id' and 'tenant_id' do not match");
  }
  return both;
}

/** _validate_privileges. */
function refuseForeignProject(values: Values, caller: Caller): void {
  if (caller.role === 'admin' || !('project_id' in values) || values['project_id'] === caller.projectId) return;
  throw badRequest(
    "Specifying 'project_id' other than the authenticated project in request is not allowed for the current user.",
  );
}

/** verify_attributes. */
function refuseUnknown(values: Values, attributes: AnyAttributes): void {
  const unknown = Object.keys(values).filter((name) => !Object.hasOwn(attributes, name));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${unknown.join(', ')}'`);
}

/** fill_post_defaults. */
function withFallbacks(values: Values, attributes: AnyAttributes): Values {
  const filled = Object.entries(attributes).flatMap(([name, { post }]) => {
    const given = Object.hasOwn(values, name);
    if (post === 'refused' && given) throw badRequest(`Attribute '${name}' not allowed in POST`);
    if (post === 'required' && !given) {
      throw badRequest(`Failed to parse request. Required attribute '${name}' not specified`);
    }
    if (given) return [[name, values[name]]];
    return typeof post === 'object' ? [[name, post.fallback]] : [];
  });
  return Object.fromEntries(filled);
}

/** What Controller.prepare_request_body (neutron/api/v2/base.py) does with a PUT. */
function refuseReadOnly(values: Values, attributes: AnyAttributes): void {
  const fixed = Object.entries(attributes).find(([name, { put }]) => !put && Object.hasOwn(values, name));
  if (fixed) throw badRequest(`Cannot update read-only attribute ${fixed[0]}`);
}

/** convert_values. */
function converted(values: Values, attributes: AnyAttributes): Values {
  const done = Object.entries(attributes).flatMap(([name, { schema }]) => {
    if (!Object.hasOwn(values, name)) return [];
    const result = schema.safeParse(values[name]);
    if (result.success) return [[name, result.data]];
    throw badRequest(`Invalid input for ${name}. Reason: ${result.error.issues[0]?.message}.`);
  });
  return Object.fromEntries(done);
}

function withoutTenant({ tenant_id: _, ...values }: Values): Values {
  return values;
}

/**
 * What a POST gives of one resource: checked, converted, with its defaults and its owner, under the owner's newer name only.
 * The checks and their order are those of neutron_lib/api/attributes.py, so that of several faults the same one is named.
 * @throws ApiError 400
 */
export function checkCreation(values: Values, attributes: AnyAttributes, caller: Caller): Values {
  const owned = withBothOwners(values);
  refuseForeignProject(owned, caller);
  const complete = { tenant_id: caller.projectId, project_id: caller.projectId, ...owned };
  refuseUnknown(complete, attributes);
  return withoutTenant(converted(withFallbacks(complete, attributes), attributes));
}

/**
 * What a PUT changes of one resource, checked likewise.
 * @throws ApiError 400
 */
export function checkUpdate(values: Values, attributes: AnyAttributes, caller: Caller): Values {
  const owned = withBothOwners(values);
  refuseForeignProject(owned, caller);
  refuseUnknown(owned, attributes);
  refuseReadOnly(owned, attributes);
  return withoutTenant(converted(owned, attributes));
}
