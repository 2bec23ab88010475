import type { Command } from 'commander';
import { CliError } from './cli-error.ts';
import { connectFor, describe, describeAsking } from './declaration.ts';
import { find, findId } from './find.ts';
import { ports } from './kinds.ts';
import { NamingArgument } from './naming.ts';
import { addListOptions, addOneOptions, listPrinter, onePrinter } from './output-options.ts';
import { addProjectOptions, wantedProject } from './project-options.ts';
import type { Surroundings } from './surroundings.ts';

/** `false` is what commander makes of --no-project. */
interface SetOptions {
  readonly project?: string | false;
}

/** A port of Neutron has thirty attributes, and a cloud has thousands of ports. */
const FIELDS = ports.columns.map(({ key }) => ['fields', key] as const);

function declareList(command: Command, surroundings: Surroundings): void {
  describeAsking(command, 'List the ports that can be tapped, and the hosts that they are on', '-c Name -c Host');
  addProjectOptions(command, 'only those of this project', false);
  addListOptions(command, ports.columns);
  command.action(async () => {
    const print = listPrinter(command, ports.columns, surroundings);
    const project = wantedProject(command);
    const connection = await connectFor(command, surroundings);
    const filters = await project(connection);
    await print(await connection.api.list(ports, { filters, parameters: FIELDS }));
  });
}

function declareShow(command: Command, surroundings: Surroundings): void {
  describeAsking(command, 'Show a port', 'web-0 -c binding_host_id -f value');
  command.addArgument(new NamingArgument('<port>', ports));
  addOneOptions(command, ports.attributes);
  command.action(async (target: string) => {
    const print = onePrinter(command, ports.attributes, surroundings);
    const { api } = await connectFor(command, surroundings);
    await print(await find(api, ports, target));
  });
}

function declareSet(command: Command, surroundings: Surroundings): void {
  describeAsking(command, 'Say whose a port is (taas-server, administrators only)', 'web-0 --project shop');
  command.addArgument(new NamingArgument('<port>', ports));
  command.option('--project <PROJECT>', 'whose it is from now on (name or ID)');
  command.option('--no-project', 'whose its host says, as it was at first');
  command.action(async (target: string) => {
    const { project } = command.opts<SetOptions>();
    if (project === undefined)
      throw new CliError('usage', 'there is nothing to change: give --project or --no-project');
    const { api, projectId } = await connectFor(command, surroundings);
    const project_id = project === false ? null : await projectId({ project });
    await api.update(ports, await findId(api, ports, target), { project_id });
  });
}

/** taas port list, show, set. */
export function addPortCommands(program: Command, surroundings: Surroundings): void {
  const port = program.command('port').helpCommand(false);
  describe(port, 'The ports that can be tapped', 'list');
  declareList(port.command('list'), surroundings);
  declareShow(port.command('show'), surroundings);
  declareSet(port.command('set'), surroundings);
}
