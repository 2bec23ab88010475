import { prepareAgent, type TestAgent } from './agent.ts';
import { type Cleanup, everyOne } from './every-one.ts';
import { addTunnel, addTunnelBridge, type TunnelType } from './neutron-tunnels.ts';
import { Plugin } from './plugin.ts';
import { Rabbitmq } from './rabbitmq.ts';
import { type Switch, startSwitch } from './switch.ts';
import { addUnderlay, type Underlay } from './underlay.ts';
import { plugVm, type Vm, type VmOptions } from './vm.ts';

export interface JoinedHost {
  readonly name: string;
  /** In the underlay. */
  readonly address: string;
  readonly on: Switch;
  readonly agent: TestAgent;
  /** A VM as messages name it, with its host. */
  vm(options: VmOptions): Promise<Vm & { readonly host: string }>;
}

export interface JoinedHosts {
  readonly hosts: readonly JoinedHost[];
  readonly broker: Rabbitmq;
  readonly underlay: Underlay;
  readonly plugin: Plugin;
  stop(): Promise<void>;
}

export interface JoinedHostsOptions {
  readonly hosts: number;
  readonly tunnels: TunnelType;
  /** `neutron`: br-tun is there, with a tunnel from each host to each other. `own`: the agents make it. */
  readonly mode: 'neutron' | 'own';
  /** Of `own`: whether the settings of each agent say where all hosts are reached; true unless told. */
  readonly peers?: boolean;
  /** Of the network between the hosts; see Underlay. */
  readonly mtu?: number;
  /** Whether the agents are started at once; true unless told. */
  readonly agents?: boolean;
}

/** Hosts with a switch and an agent each, joined by tunnels of Neutron's and one broker. */
export async function startJoinedHosts({
  hosts: count,
  tunnels,
  mode,
  peers: told = true,
  mtu,
  agents = true,
}: JoinedHostsOptions): Promise<JoinedHosts> {
  const cleanups: Cleanup[] = [];
  const stop = () => everyOne(cleanups.splice(0));
  try {
    const broker = await Rabbitmq.share();
    cleanups.unshift(() => broker.stop());
    const underlay = await addUnderlay(mtu);
    cleanups.unshift(() => underlay.remove());
    const plugin = await Plugin.start(broker, 'host-1');
    cleanups.unshift(() => plugin.close());
    const addresses = Array.from({ length: count }, (_, index) => `172.30.0.${index + 1}`);
    const hosts: JoinedHost[] = [];
    for (const [index, address] of addresses.entries()) {
      const name = `host-${index + 1}`;
      const on = await startSwitch();
      cleanups.unshift(() => on.stop());
      await on.addBridge('br-int');
      await underlay.join(on, address);
      if (mode === 'neutron') {
        await addTunnelBridge(on);
        for (const other of addresses) if (other !== address) await addTunnel(on, tunnels, address, other);
      }
      const peers = told ? addresses.map((other, at) => `host-${at + 1}=${other}`) : [];
      const own = { tunnel: { mode, type: tunnels, local_ip: address, peers, key_offset: 1000 } };
      const settings = mode === 'own' ? own : {};
      const agent = await prepareAgent({ on, brokerUrl: broker.url, host: name, settings });
      cleanups.unshift(() => agent.remove());
      if (agents) await agent.start();
      const vm = async (options: VmOptions) => {
        const plugged = await plugVm(on, options);
        cleanups.unshift(() => plugged.remove());
        return { ...plugged, host: name };
      };
      hosts.push({ name, address, on, agent, vm });
    }
    await underlay.introduce();
    return { hosts, broker, underlay, plugin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
