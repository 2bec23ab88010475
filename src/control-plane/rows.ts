import type { TapService } from '../contract/resources.ts';

export interface ServiceRow extends TapService {
  /** Carries the copies of this service between switches, unique among all services. */
  readonly taas_id: number;
}

/** A port as it counts: where it is plugged, or was last. */
export interface PortView {
  readonly portId: string;
  readonly host: string;
  readonly tunnelAddress: string | null;
  readonly name: string;
  readonly mac: string | null;
  readonly vlan: number | null;
  readonly projectId: string;
  readonly plugged: boolean;
}

/** How casts find what is around a row. */
export interface Lookup {
  port(id: string): PortView | undefined;
  service(id: string): ServiceRow | undefined;
}
