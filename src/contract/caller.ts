/** Who makes a request. An admin sees and changes all projects, a member its own, a reader sees its own. */
export interface Caller {
  readonly projectId: string;
  readonly role: 'admin' | 'member' | 'reader';
  /** `req-<UUID>`: answered as X-Openstack-Request-Id, and carried along to the agents' logs. */
  readonly requestId: string;
}

/** Whether the caller may know that something of the project exists. */
export function canSee(caller: Caller, projectId: string): boolean {
  return caller.role === 'admin' || caller.projectId === projectId;
}
