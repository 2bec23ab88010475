import type { HostError } from './host-error.ts';

export type HostEvent =
  /** systemd was not told: `state` is what it should have heard, as in sd_notify(3). The daemon goes on. */
  | { readonly kind: 'notify-failed'; readonly state: readonly string[]; readonly error: HostError }
  /** The daemon made no progress, so the watchdog was not fed: if that goes on, systemd ends and restarts it. */
  | { readonly kind: 'watchdog-withheld' }
  /** Garbage was collected while all was quiet: so much smaller is the heap, in bytes, and for so long nothing else was done. */
  | { readonly kind: 'collected'; readonly bytes: number; readonly milliseconds: number };
