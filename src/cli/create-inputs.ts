import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Row } from './decode-answer.ts';
import { findId } from './find.ts';
import { ports, type TapKind, tapServices } from './kinds.ts';
import { NamingOption } from './naming.ts';
import type { NetworkApi } from './network-api.ts';

/** What a create of one kind takes that the other's does not. */
export interface CreateInput {
  readonly summary: string;
  readonly example: string;
  addOptions(command: Command): void;
  /** What the options say, names resolved. */
  attributes(command: Command, api: NetworkApi): Promise<Row>;
}

const DIRECTIONS = ['IN', 'OUT', 'BOTH'];

interface ServiceOptions {
  readonly port: string;
}

interface FlowOptions extends ServiceOptions {
  readonly tapService: string;
  readonly direction: string;
  readonly vlanFilter?: string;
}

/** In upper or lower case, as openstackclient takes it. */
function direction(text: string): string {
  const upper = text.toUpperCase();
  if (DIRECTIONS.includes(upper)) return upper;
  throw new InvalidArgumentError(`Allowed choices are ${DIRECTIONS.join(', ')}.`);
}

export const createInputs: { readonly [Key in TapKind['key']]: CreateInput } = {
  tap_service: {
    summary: 'Make a tap service: copies are delivered to its port',
    example: '--port ids-0 --name ids',
    addOptions(command) {
      const port = new NamingOption('--port <PORT>', 'where to deliver the copies (name or ID)', ports);
      command.addOption(port.makeOptionMandatory());
    },
    async attributes(command, api) {
      return { port_id: await findId(api, ports, command.opts<ServiceOptions>().port) };
    },
  },
  tap_flow: {
    summary: "Copy a port's frames to a tap service",
    example: '--port web-0 --tap-service ids --direction BOTH --name web --wait',
    addOptions(command) {
      const port = new NamingOption('--port <PORT>', 'whose frames to copy (name or ID)', ports);
      const service = new NamingOption('--tap-service <SERVICE>', 'where the copies go (name or ID)', tapServices);
      const which = new Option('--direction <DIRECTION>', 'IN: to the port, OUT: from the port, or BOTH');
      command.addOption(port.makeOptionMandatory()).addOption(service.makeOptionMandatory());
      command.addOption(which.choices(DIRECTIONS).argParser(direction).makeOptionMandatory());
      command.option('--vlan-filter <VLANS>', 'only frames of these VLANs, such as 10-20,30');
    },
    async attributes(command, api) {
      const options = command.opts<FlowOptions>();
      const [source_port, tap_service_id] = await Promise.all([
        findId(api, ports, options.port),
        findId(api, tapServices, options.tapService),
      ]);
      const filter = options.vlanFilter === undefined ? {} : { vlan_filter: options.vlanFilter };
      return { source_port, tap_service_id, direction: options.direction, ...filter };
    },
  },
};
