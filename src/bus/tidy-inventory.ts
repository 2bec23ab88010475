import { isIPv4 } from 'node:net';
import type { PortInventory, ReportedPort } from '../contract/agent-report.ts';
import { showValue } from './explain-issue.ts';

/** UTF-16 units. Neutron's columns for names and projects hold 255, and its ids are shorter. */
const MAX_TEXT_LENGTH = 255;

/** What of an inventory can be used; `remark` tells in one line what cannot, undefined: all can. */
export interface Tidied {
  readonly inventory: PortInventory;
  readonly remark: string | undefined;
}

const TEXT = `expected 1 to ${MAX_TEXT_LENGTH} characters without controls`;

function isText(value: string): boolean {
  return value.length > 0 && value.length <= MAX_TEXT_LENGTH && value.isWellFormed() && !/\p{Cc}/u.test(value);
}

function isMac(value: string): boolean {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(value);
}

/** Collects faults, of which only the first is told in full. */
class Faults {
  #first: string | undefined;
  #more = 0;

  add(fault: string): void {
    if (this.#first === undefined) this.#first = fault;
    else this.#more += 1;
  }

  get remark(): string | undefined {
    return this.#more === 0 ? this.#first : `${this.#first}, and ${this.#more} more`;
  }
}

function tidyPort(port: ReportedPort, where: string, faults: Faults): readonly ReportedPort[] {
  const check = (key: string, value: string, expected: string, holds: (value: string) => boolean) => {
    if (holds(value)) return true;
    faults.add(`${where}.${key}: ${expected}, got ${showValue(value)} (interface ${showValue(port.interfaceName)})`);
    return false;
  };
  const orNull = (key: string, value: string | null, expected = TEXT, holds = isText) =>
    value !== null && check(key, value, expected, holds) ? value : null;
  const portId = port.portId.toLowerCase();
  if (!check('port_id', portId, TEXT, isText) || !check('interface_name', port.interfaceName, TEXT, isText)) return [];
  const mac = orNull('mac', port.mac?.toLowerCase() ?? null, 'expected a MAC address', isMac);
  const portName = orNull('port_name', port.portName);
  const projectId = orNull('project_id', port.projectId);
  return [{ ...port, portId, portName, mac, projectId }];
}

/**
 * Takes out of an inventory what cannot be used: its texts come from `external_ids`, where anybody writes anything of any
 * length, and one silly port must not hide the others. A port without a usable id or interface name goes as a whole, of
 * others only the bad value. Both ends do so: unbounded texts would make a message that the broker refuses, again and again.
 */
export function tidyInventory({ host, tunnelAddress, ports }: PortInventory): Tidied {
  const faults = new Faults();
  const reachable = tunnelAddress === null || isIPv4(tunnelAddress);
  if (!reachable) faults.add(`tunnel_address: expected an IPv4 address, or null, got ${showValue(tunnelAddress)}`);
  const inventory = {
    host,
    tunnelAddress: reachable ? tunnelAddress : null,
    ports: ports.flatMap((port, index) => tidyPort(port, `ports.${index}`, faults)),
  };
  return { inventory, remark: faults.remark };
}
