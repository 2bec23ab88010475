import type { FlowSpec } from '../support/plugin.ts';
import type { Life } from './believed.ts';
import type { Crowd, CrowdPort } from './crowd.ts';
import { type Heard, tooOften } from './talk.ts';

/** How long what the switch had forwarded before INACTIVE may wait in the kernel of a busy machine. */
const UNDER_WAY_MS = 100;

/** How often a frame that a port sent to everybody may come to a sensor by one tap flow. */
function byFlow({ source, direction }: FlowSpec, sender: CrowdPort, { ports }: Crowd): number {
  if (sender.portId === source.portId) return direction === 'IN' ? 0 : 1;
  const tapped = ports.find(({ portId }) => portId === source.portId);
  return direction !== 'OUT' && tapped?.network === sender.network ? 1 : 0;
}

/**
 * Frames that came to ports of a crowd where they had no business, in words: at a sensor what none of the taps that it then had copies,
 * at any other port what nobody of its network has sent; and whatever came too often.
 */
export function leaks(crowd: Crowd, heard: Heard, lives: readonly Life[]): readonly string[] {
  return [...heard].flatMap(([port, frames]) => {
    const taps = lives.filter(({ flow }) => flow.service.port.portId === port.portId);
    const most = (mac: string, at: number) => {
      const sender = crowd.ports.find((each) => each.mac === mac);
      if (!sender) return 0;
      const itself = sender !== port && sender.network === port.network ? 1 : 0;
      const alive = taps.filter(({ from, until }) => from <= at && at <= until + UNDER_WAY_MS);
      return itself + alive.reduce((sum, { flow }) => sum + byFlow(flow, sender, crowd), 0);
    };
    return tooOften(frames, most).map((what) => `at ${port.device} of network ${port.network}: ${what}`);
  });
}

/** How many frames have come to each port, whether or not somebody listens there. */
export async function framesGiven({ ports: [any] }: Crowd): Promise<ReadonlyMap<string, number>> {
  const links = JSON.parse((await any?.namespace.ip('-s', '-j', 'link', 'show', 'type', 'veth')) ?? '[]');
  const read = links as readonly {
    readonly ifname: string;
    readonly stats64: { readonly rx: { readonly packets: number } };
  }[];
  return new Map(read.map(({ ifname, stats64 }) => [ifname, stats64.rx.packets]));
}
