import { badRequest } from '../contract/api-error.ts';
import type { Authenticate } from './authenticate.ts';

/** The project of a caller who names none. */
const DEFAULT_PROJECT = 'default';

/**
 * Neutron's `auth_strategy = noauth`: every caller is an administrator, in the project that `X-Project-Id` names. For
 * servers that only trusted callers reach.
 */
export const noauth: Authenticate = async (headers) => {
  const projectId = headers['x-project-id'] || DEFAULT_PROJECT;
  if (typeof projectId !== 'string' || !/^[!-~]{1,255}$/.test(projectId)) {
    throw badRequest('The header X-Project-Id must be 1 to 255 visible ASCII characters');
  }
  return { projectId, role: 'admin' };
};
