import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Connection } from './connect.ts';
import { connectFor, type Declaration, describeAsking } from './declaration.ts';
import type { Row } from './decode-answer.ts';
import { findId } from './find.ts';
import { ports, type TapKind, tapServices } from './kinds.ts';
import { NamingOption } from './naming.ts';
import { addOneOptions, onePrinter } from './output-options.ts';
import { addProjectOptions, projectOf } from './project-options.ts';
import { waitUntilActive } from './wait.ts';
import { addWaitOptions, patienceOf } from './wait-options.ts';

const DIRECTIONS = ['IN', 'OUT', 'BOTH'];

interface CreateOptions {
  readonly name?: string;
  readonly description?: string;
  readonly port: string;
}

interface FlowOptions extends CreateOptions {
  readonly tapService: string;
  readonly direction: string;
  readonly vlanFilter?: string;
}

function direction(text: string): string {
  const upper = text.toUpperCase();
  if (DIRECTIONS.includes(upper)) return upper;
  throw new InvalidArgumentError(`Allowed choices are ${DIRECTIONS.join(', ')}.`);
}

function addServiceOptions(command: Command): void {
  const port = new NamingOption('--port <PORT>', 'where to deliver the copies (name or ID)', ports);
  command.addOption(port.makeOptionMandatory());
}

function addFlowOptions(command: Command): void {
  const port = new NamingOption('--port <PORT>', 'whose frames to copy (name or ID)', ports);
  const service = new NamingOption('--tap-service <SERVICE>', 'where the copies go (name or ID)', tapServices);
  const which = new Option('--direction <DIRECTION>', 'IN: to the port, OUT: from the port, or BOTH');
  command.addOption(port.makeOptionMandatory()).addOption(service.makeOptionMandatory());
  command.addOption(which.choices(DIRECTIONS).argParser(direction).makeOptionMandatory());
  command.option('--vlan-filter <VLANS>', 'only frames of these VLANs, such as 10-20,30');
}

async function flowAttributes({ api }: Connection, options: FlowOptions): Promise<Row> {
  const [source_port, tap_service_id] = await Promise.all([
    findId(api, ports, options.port),
    findId(api, tapServices, options.tapService),
  ]);
  const filter = options.vlanFilter === undefined ? {} : { vlan_filter: options.vlanFilter };
  return { source_port, tap_service_id, direction: options.direction, ...filter };
}

async function attributes(kind: TapKind, command: Command, connection: Connection): Promise<Row> {
  const { name, description, port } = command.opts<CreateOptions>();
  const own =
    kind.key === 'tap_flow'
      ? await flowAttributes(connection, command.opts<FlowOptions>())
      : { port_id: await findId(connection.api, ports, port) };
  const words = Object.entries({ name, description }).filter(([, text]) => text !== undefined);
  return { ...own, ...Object.fromEntries(words), ...(await projectOf(command, connection)) };
}

async function create({ command, kind, surroundings }: Declaration): Promise<void> {
  const print = onePrinter(command, kind.attributes, surroundings);
  const patience = patienceOf(command);
  const connection = await connectFor(command, surroundings);
  const { api } = connection;
  let row = await api.create(kind, await attributes(kind, command, connection));
  try {
    if (patience === undefined) return;
    await waitUntilActive({ api, kind, patience, surroundings }, row, (seen) => {
      row = seen;
    });
  } finally {
    // Also when waiting was in vain: it exists, and whoever wants to delete it needs its ID.
    await print(row);
  }
}

/** tap service create, tap flow create. */
export function declareCreate(declaration: Declaration): void {
  const { command, kind, legacy } = declaration;
  const isFlow = kind.key === 'tap_flow';
  const example = isFlow
    ? '--port web-0 --tap-service ids --direction BOTH --name web --wait'
    : '--port ids-0 --name ids';
  const what = isFlow
    ? "Copy a port's frames to a tap service"
    : 'Make a tap service: copies are delivered to its port';
  describeAsking(command, what, example);
  if (isFlow) addFlowOptions(command);
  else addServiceOptions(command);
  command.option('--name <NAME>', 'what to call it').option('--description <TEXT>', 'what it is for');
  addProjectOptions(command, 'whose it is', legacy);
  addWaitOptions(command, 'it is ACTIVE; fails when it gets into ERROR');
  addOneOptions(command, kind.attributes);
  command.action(() => create(declaration));
}
