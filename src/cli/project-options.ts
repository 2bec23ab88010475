import { type Command, Option } from 'commander';
import { CliError } from './cli-error.ts';
import type { Connection } from './connect.ts';

interface ProjectOptions {
  readonly project?: string;
  readonly projectDomain?: string;
  /** What a project was called in python-neutronclient. */
  readonly tenantId?: string;
}

/** Adds --project and --project-domain, and the older name of the first to the older commands. */
export function addProjectOptions(command: Command, description: string, legacy: boolean): void {
  command.option('--project <PROJECT>', `${description} (name or ID)`);
  command.option('--project-domain <DOMAIN>', 'where the project has its name (name or ID)');
  if (legacy) command.addOption(new Option('--tenant-id <ID>', 'the same as --project').conflicts('project'));
}

/** What `projectOf` will find, checked before anything is asked. @throws CliError usage */
function namedProject(command: Command): { project: string; domain: string | undefined } | undefined {
  const { project, tenantId, projectDomain: domain } = command.opts<ProjectOptions>();
  const named = project ?? tenantId;
  if (named !== undefined) return { project: named, domain };
  if (domain !== undefined) throw new CliError('usage', '--project-domain makes sense with --project only');
  return undefined;
}

/**
 * The project that the flags name, as an attribute to create with or to filter by.
 * @throws CliError usage, not-found, ambiguous
 */
export async function projectOf(command: Command, connection: Connection): Promise<Readonly<Record<string, string>>> {
  const named = namedProject(command);
  return named === undefined ? {} : { project_id: await connection.projectId(named) };
}
