import { ConnectionSettings, type FlagValues } from './connection-settings.ts';
import { findProject, type NamedProject } from './find-project.ts';
import { HttpClient } from './http-client.ts';
import { NetworkApi } from './network-api.ts';
import { openSession } from './open-session.ts';
import type { Surroundings } from './surroundings.ts';

/** A server that is slow but alive has answered by then. */
const TIMEOUT_MILLISECONDS = 60_000;

/** The API, as whoever the user is. */
export interface Connection {
  readonly api: NetworkApi;
  projectId(named: NamedProject): Promise<string>;
}

/**
 * Finds out where the API is and who we are; asks nobody but Keystone.
 * @param flags commander's values, connection flags among them.
 * @throws CliError settings, refused, unreachable, strange-answer, interrupted
 */
export async function connect(
  flags: FlagValues,
  surroundings: Surroundings,
  timeoutMilliseconds: number = TIMEOUT_MILLISECONDS,
): Promise<Connection> {
  const settings = await ConnectionSettings.gather(flags, surroundings);
  const { interrupted } = surroundings;
  const http = new HttpClient({ tls: settings.tls(), timeoutMilliseconds, interrupted });
  const session = await openSession(settings, http);
  return { api: new NetworkApi(http, session), projectId: (named) => findProject(http, session, named) };
}
