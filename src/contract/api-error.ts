/** An error that the API answers, as Neutron words it: the HTTP status, and type and message of the body. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.type = type;
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, 'HTTPBadRequest', message);

/** The two spaces are Neutron's. */
export const tapServiceNotFound = (id: string): ApiError =>
  new ApiError(404, 'TapServiceNotFound', `Tap Service  ${id} does not exist`);

export const tapFlowNotFound = (id: string): ApiError =>
  new ApiError(404, 'TapFlowNotFound', `Tap Flow  ${id} does not exist`);

export const portNotFound = (id: string): ApiError =>
  new ApiError(404, 'PortNotFound', `Port ${id} could not be found.`);

export const networkNotFound = (id: string): ApiError =>
  new ApiError(404, 'NetworkNotFound', `Network ${id} could not be found.`);

export const portOfAnotherProject = (): ApiError =>
  new ApiError(403, 'PortDoesNotBelongToTenant', 'The specified port does not belong to the tenant');

export const serviceOfAnotherProject = (): ApiError =>
  new ApiError(403, 'TapServiceNotBelongToTenant', 'Specified Tap Service does not belong to the tenant');

export const noTaasIdLeft = (): ApiError =>
  new ApiError(409, 'TapServiceLimitReached', 'Reached the maximum quota for Tap Services');

export const overQuota = (resource: string): ApiError =>
  new ApiError(409, 'OverQuota', `Quota exceeded for resources: ['${resource}'].`);

/** Ours: Neutron accepts such a flow, and the switch would then drop the user's own packets. */
export const tapFlowLoop = (sourcePort: string): ApiError =>
  new ApiError(
    409,
    'TapFlowLoop',
    `The copies of port ${sourcePort} would come back to it: its tap service delivers to that port, directly or through other taps`,
  );

export const notAllowed = (action: string): ApiError =>
  new ApiError(403, 'PolicyNotAuthorized', `(rule:${action}) is disallowed by policy`);

/** Ours: Neutron accepts such a flow, which then never comes true. */
export const tapServiceOnItsWayOut = (id: string): ApiError =>
  new ApiError(409, 'TapServiceInUse', `Tap Service ${id} is being deleted`);
