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

/** What finds the project that the flags name: as an attribute to create with, or to filter by. */
type FindProject = (connection: Connection) => Promise<Readonly<Record<string, string>>>;

/**
 * Made before anything is asked for, so that nothing is done when the flags make no sense.
 * @throws CliError usage; what it answers throws not-found, ambiguous
 */
export function wantedProject(command: Command): FindProject {
  const { project, tenantId, projectDomain: domain } = command.opts<ProjectOptions>();
  const named = project ?? tenantId;
  if (named !== undefined)
    return async (connection) => ({ project_id: await connection.projectId({ project: named, domain }) });
  if (domain !== undefined) throw new CliError('usage', '--project-domain makes sense with --project only');
  return async () => ({});
}
