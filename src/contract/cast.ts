/** One RPC cast of the control plane to agents. */
export interface AgentCast {
  /** One host's agent, or null for all. */
  readonly host: string | null;
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The same when a cast is sent again: agents pass over what they have taken. 32 hexadecimal digits. */
  readonly uniqueId: string;
  /** The API request that caused it. */
  readonly requestId: string;
}
