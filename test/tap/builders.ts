import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import type { TapEvent } from '../../src/tap/event.ts';
import { takeEvents } from '../../src/tap/take-events.ts';
import type { TapFlow, TapService } from '../../src/tap/tap.ts';

export const HOST = 'compute-1';

/** A UUID that is recognised in a failure: kind and number. */
export function uuid(kind: 'service' | 'flow' | 'port', number: number): string {
  const prefix = { service: 'aaaaaaaa', flow: 'bbbbbbbb', port: 'cccccccc' }[kind];
  return `${prefix}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function mac(number: number): string {
  const low = number.toString(16).padStart(4, '0');
  return `fa:16:3e:00:${low.slice(0, 2)}:${low.slice(2)}`;
}

export function tapService(number: number, rest: Partial<TapService> = {}): TapService {
  return { id: uuid('service', number), taasId: 3000 + number, portId: uuid('port', 900 + number), ...rest };
}

export function tapFlow(number: number, rest: Partial<TapFlow> = {}): TapFlow {
  return {
    id: uuid('flow', number),
    tapServiceId: uuid('service', 1),
    sourcePortId: uuid('port', number),
    sourceMac: mac(number),
    direction: 'BOTH',
    vlanFilter: null,
    ...rest,
  };
}

export const createService = (
  tap: TapService,
  host: string | null = HOST,
  recast = false,
  tunnelAddress: string | null = null,
): TapEvent => ({
  kind: 'create_tap_service',
  host,
  tunnelAddress,
  recast,
  tapService: tap,
});

export const createFlow = (tap: TapFlow, host: string | null = HOST, recast = false): TapEvent => ({
  kind: 'create_tap_flow',
  host,
  recast,
  tapFlow: tap,
});

export const deleteService = (id: string, host: string | null = HOST): TapEvent => ({
  kind: 'delete_tap_service',
  host,
  id,
});

export const deleteFlow = (id: string, host: string | null = HOST): TapEvent => ({ kind: 'delete_tap_flow', host, id });

export function stateAfter(...events: readonly TapEvent[]): DesiredState {
  return takeEvents(emptyState, events, HOST).state;
}
