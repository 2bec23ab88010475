import { ApiError } from '../contract/api-error.ts';
import { CliError } from './cli-error.ts';
import { decodeAnswer, type Row } from './decode-answer.ts';
import type { HttpClient, HttpRequest } from './http-client.ts';
import { KEYSTONE, versionThree } from './keystone.ts';
import type { Session } from './open-session.ts';

/** A project as a user names it; the domain likewise. */
export interface NamedProject {
  readonly project: string;
  readonly domain?: string | undefined;
}

/** Keystone's projects and domains by name, for those whom Keystone lets see them. */
class Directory {
  readonly #http: HttpClient;
  readonly #base: string;
  readonly #headers: Session['headers'];

  constructor(http: HttpClient, authUrl: URL, headers: Session['headers']) {
    this.#http = http;
    this.#base = versionThree(authUrl).href;
    this.#headers = headers;
  }

  /** Undefined when there is no such thing, or when we may not know. */
  async #get(path: string): Promise<Row | 'hidden' | undefined> {
    const request: HttpRequest = {
      method: 'GET',
      url: new URL(`${this.#base}/${path}`),
      peer: KEYSTONE,
      headers: this.#headers,
    };
    try {
      return decodeAnswer(request, await this.#http.send(request));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 403) return 'hidden';
      if (error.status === 404) return undefined;
      throw error;
    }
  }

  /**
   * The id of the one with that id or name; as in openstackclient the text itself when Keystone does not let us look.
   * @throws CliError not-found, ambiguous
   */
  async idOf(noun: 'project' | 'domain', text: string, within: Readonly<Record<string, string>> = {}): Promise<string> {
    const shown = /^\.{1,2}$/.test(text) ? undefined : await this.#get(`${noun}s/${encodeURIComponent(text)}`);
    if (typeof shown === 'object') return text;
    const named = await this.#get(`${noun}s?${new URLSearchParams({ name: text, ...within })}`);
    if (named === 'hidden') return text;
    const rows: unknown = named?.[`${noun}s`];
    const [first, ...others] = Array.isArray(rows) ? rows : [];
    if (typeof first?.id !== 'string')
      throw new CliError('not-found', `No ${noun} with the name or ID '${text}' exists.`);
    if (others.length === 0) return first.id;
    throw new CliError('ambiguous', `More than one ${noun} has the name '${text}': give its ID, or its domain.`);
  }
}

/**
 * The id of a project. Where there is no Keystone, a project is a text that is its own name.
 * @throws CliError usage for an empty text, not-found, ambiguous
 */
export async function findProject(
  http: HttpClient,
  { authUrl, headers }: Session,
  { project, domain }: NamedProject,
): Promise<string> {
  if (project === '') throw new CliError('usage', 'an empty text is no name or ID of a project');
  if (authUrl === undefined) return project;
  const directory = new Directory(http, authUrl, headers);
  if (domain === undefined) return await directory.idOf('project', project);
  return await directory.idOf('project', project, { domain_id: await directory.idOf('domain', domain) });
}
