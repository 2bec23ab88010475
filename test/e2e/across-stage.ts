import { BROADCAST } from '../support/frames.ts';
import type { JoinedHostsOptions } from '../support/joined-hosts.ts';
import { type HostedVm, JoinedScene } from '../support/joined-scene.ts';
import { sendFrames } from '../support/send-frames.ts';
import { joinTenantNetwork } from '../support/tenant-network.ts';
import type { Crossing } from '../support/underlay-capture.ts';
import type { VmOptions } from '../support/vm.ts';
import { freshFrames } from './copied.ts';
import { watchWhile } from './crossing.ts';

/** Local VLANs. */
const VLAN = { red: 101, blue: 102, sensor: 104, tenant: 110 } as const;
const TENANT_KEY = 5001;
/** Of our own tunnels: what the settings of joined hosts say. */
const KEY_OFFSET = 1000;
/** What the tag of the wire says of a copy that came back (src/compile/places.ts). */
const ANSWER = 2;

const MULTICAST = '01:00:5e:00:00:fb';
const NOWHERE = 'fa:16:3e:00:00:99';

/** A tapped VM, one of its network on the same host, and the sensor, which is on another host. */
export interface Tapped {
  readonly vm: HostedVm;
  readonly peer: HostedVm;
  readonly sensor: HostedVm;
  /** Of its tap service. */
  readonly taasId: number;
}

/** Frames by who has sent them. */
export type Sent = ReadonlyMap<HostedVm, readonly Buffer[]>;

/** What happened while frames were sent. */
export interface Happened {
  in(vm: HostedVm): readonly Buffer[];
  /** But for answers: those repeat what has crossed before. */
  readonly crossings: readonly Crossing[];
}

/** What tells a frame from all others: freshFrames gives it a number. */
const numberOf = (frame: Buffer) => /fresh#\d+/.exec(frame.toString('latin1'))?.[0] ?? frame.toString('hex');

function tagged(frame: Buffer, vid: number): Buffer {
  return Buffer.concat([frame.subarray(0, 12), Buffer.from([0x81, 0x00, vid >> 8, vid & 0xff]), frame.subarray(12)]);
}

interface Cast {
  readonly red: Tapped;
  readonly blue: Tapped;
  /** On the first host and on the second. */
  readonly tenants: readonly [HostedVm, HostedVm];
  /** On each host two, each in another network. */
  readonly untapped: readonly HostedVm[];
  /** On the third host, of no tap until a test makes one. */
  readonly thirdSensor: HostedVm;
  /** One on each host. */
  readonly trunks: readonly HostedVm[];
}

type Plug = (host: number, name: string, vlan: number | undefined, more?: Partial<VmOptions>) => Promise<HostedVm>;

async function plugCast(plug: Plug): Promise<Cast> {
  const tapped = async (at: number, elsewhere: number, name: 'red' | 'blue', taasId: number): Promise<Tapped> => {
    const [vm, peer] = [await plug(at, name, VLAN[name]), await plug(at, `${name}-peer`, VLAN[name])];
    return { vm, peer, sensor: await plug(elsewhere, `${name}-s`, VLAN.sensor), taasId };
  };
  const [red, blue] = await Promise.all([tapped(1, 2, 'red', 1), tapped(2, 1, 'blue', 2)]);
  const tenants = await Promise.all([plug(1, 'tenant', VLAN.tenant), plug(2, 'tenant', VLAN.tenant)]);
  // Their VLANs have the numbers of the tap services, and they the MAC addresses of the tapped VMs.
  const untapped = async (host: number) => [
    await plug(host, 'net-1', red.taasId, { mac: red.vm.mac }),
    await plug(host, 'net-2', blue.taasId, { mac: blue.vm.mac }),
  ];
  const onEach = [1, 2, 3] as const;
  return {
    ...{ red, blue, tenants },
    untapped: (await Promise.all(onEach.map(untapped))).flat(),
    trunks: await Promise.all(onEach.map((host) => plug(host, 'trunk', undefined))),
    thirdSensor: await plug(3, 'sensor', VLAN.sensor),
  };
}

/**
 * Three hosts. A network on the first is tapped to a sensor on the second (red), one on the second to a sensor on the first
 * (blue), and a tenant's network joins both hosts. On each host there are VMs that nobody taps, and a trunk, into which NORMAL
 * floods every VLAN.
 */
export class AcrossStage {
  readonly scene: JoinedScene;
  readonly mode: JoinedHostsOptions['mode'];
  readonly cast: Cast;
  /** Local VLAN of each VM; undefined for a trunk. */
  readonly #vlans: ReadonlyMap<HostedVm, number | undefined>;

  private constructor(
    mode: JoinedHostsOptions['mode'],
    scene: JoinedScene,
    cast: Cast,
    vlans: ReadonlyMap<HostedVm, number | undefined>,
  ) {
    this.mode = mode;
    this.scene = scene;
    this.cast = cast;
    this.#vlans = vlans;
  }

  /** All taps are ACTIVE when it resolves. */
  static async start(mode: JoinedHostsOptions['mode']): Promise<AcrossStage> {
    const scene = await JoinedScene.start({ hosts: 3, mode, tunnels: 'vxlan' });
    try {
      const vlans = new Map<HostedVm, number | undefined>();
      const ends = [scene.host(1), scene.host(2)] as const;
      await joinTenantNetwork(mode, ends, { vlan: VLAN.tenant, tunnelKey: TENANT_KEY });
      const cast = await plugCast(async (host, name, vlan, more = {}) => {
        const vm = await scene.vm(host, { name, ...(vlan === undefined ? {} : { tag: vlan }), ...more });
        vlans.set(vm, vlan);
        return vm;
      });
      for (const { vm, sensor } of [cast.red, cast.blue]) await scene.tap(vm, sensor, 'BOTH');
      return new AcrossStage(mode, scene, cast, vlans);
    } catch (error) {
      await scene.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.scene.stop();
  }

  /** Everybody but the tenants. */
  get everybody(): readonly HostedVm[] {
    return [...this.#vlans.keys()].filter((vm) => !this.cast.tenants.includes(vm));
  }

  /** So many frames of each kind that a local network floods, of everybody but the trunks. */
  frames(count: number): Sent {
    const { red, blue, trunks } = this.cast;
    const targets = [BROADCAST, MULTICAST, NOWHERE, red.sensor.mac, blue.sensor.mac];
    const of = (vm: HostedVm) => targets.filter((to) => to !== vm.mac).flatMap((to) => freshFrames(vm, count, to));
    return new Map(this.everybody.filter((vm) => !trunks.includes(vm)).map((vm) => [vm, of(vm)]));
  }

  /** Sends while something else is done, and answers what everybody got. */
  async during(sent: Sent, besides: () => Promise<unknown> = async () => undefined): Promise<Happened> {
    const vms = this.everybody;
    const send = () => [...sent].map(([vm, frames]) => sendFrames(vm, frames, { gapMicros: 500 }));
    const work = () => Promise.all([besides(), ...send()]);
    const { received, crossings } = await watchWhile(this.scene.joined, vms, work);
    return {
      in: (vm) => received[vms.indexOf(vm)] ?? [],
      crossings: crossings.filter(({ vid }) => vid !== ANSWER),
    };
  }

  /** What a tapped VM sends and gets: all of its network, as that is flooded. */
  due({ vm, peer }: Tapped, sent: Sent): readonly Buffer[] {
    return [...(sent.get(vm) ?? []), ...(sent.get(peer) ?? [])];
  }

  /** What comes to a VM without any tap: what its network on its host floods; a trunk gets all, with the local VLAN as tag. */
  localTo(vm: HostedVm, sent: Sent): readonly Buffer[] {
    const own = this.#vlans.get(vm);
    return [...sent].flatMap(([from, frames]) => {
      const vlan = this.#vlans.get(from);
      if (vlan === undefined || from === vm || from.host !== vm.host) return [];
      if (own === undefined) return frames.map((frame) => tagged(frame, vlan));
      return own === vlan ? frames : [];
    });
  }

  /** What crosses for a tap when nothing is flooded, in words: from, to, key, frame. */
  wireOf(tapped: Tapped, sent: Sent): readonly string[] {
    const { vm, sensor, taasId } = tapped;
    const key = this.mode === 'own' ? KEY_OFFSET + taasId : taasId;
    return this.due(tapped, sent).map((frame) => `${vm.host} > ${sensor.host}: key ${key}, ${numberOf(frame)}`);
  }

  /** The same of what has crossed. */
  wire({ crossings }: Happened): readonly string[] {
    const name = (address: string) => this.scene.hosts.find((host) => host.address === address)?.name ?? address;
    return crossings.map(
      ({ from, to, tunnelKey, frame }) => `${name(from)} > ${name(to)}: key ${tunnelKey}, ${numberOf(frame)}`,
    );
  }
}
