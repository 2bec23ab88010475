import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Devices } from './read-underlays.ts';

/** What a network interface may be called (IFNAMSIZ leaves 15 characters): a name from elsewhere becomes part of a path. */
const NAME = /^(?!\.{1,2}$)[^/\s\0]{1,15}$/;

/** `undefined` where the kernel shows no such interface, or no number. */
function readMtu(name: string): number | undefined {
  if (!NAME.test(name)) return undefined;
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'));
    return Number.isInteger(mtu) && mtu > 0 ? mtu : undefined;
  } catch {
    // Not an interface of this network namespace, as a rule. Whatever it is, whoever asks says that it is not known.
    return undefined;
  }
}

function readAddresses(): NodeJS.Dict<NetworkInterfaceInfo[]> {
  try {
    return networkInterfaces();
  } catch {
    // No netlink socket is allowed: the same as in a namespace without interfaces.
    return {};
  }
}

/** Interface names by address. Of an IPv4 address that has a label (`eth0:1`, ip-address(8)) the label is told as the name. */
function readHolders(): ReadonlyMap<string, string> {
  const held = Object.entries(readAddresses()).flatMap(([label, addresses = []]) =>
    addresses.map(({ address }) => [address, label.split(':')[0] ?? label] as const),
  );
  return new Map(held);
}

/** One look at the network interfaces that this process sees: each thing is read once, when it is first asked for. */
export class HostDevices implements Devices {
  readonly #mtus = new Map<string, number | undefined>();
  #holders: ReadonlyMap<string, string> | undefined;

  mtuOf(name: string): number | undefined {
    if (!this.#mtus.has(name)) this.#mtus.set(name, readMtu(name));
    return this.#mtus.get(name);
  }

  holderOf(address: string): string | undefined {
    this.#holders ??= readHolders();
    return this.#holders.get(address);
  }
}
