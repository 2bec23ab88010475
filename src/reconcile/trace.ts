import type { MtuFinding } from '../compile/wanted.ts';
import type { Step } from '../plan/step.ts';
import type { StatusReport, TapEvent } from '../tap/event.ts';
import type { Failure } from '../tap/settle.ts';
import type { Notice } from '../tap/take-events.ts';

/** An event, and the API request that caused it, if its message says so. */
export interface TakenEvent {
  readonly event: TapEvent;
  readonly requestId: string | undefined;
}

/** What the loop tells of itself: the log and the counters are made of this. */
export type ReconcileTrace =
  | { readonly kind: 'events-taken'; readonly events: readonly TakenEvent[]; readonly notices: readonly Notice[] }
  | { readonly kind: 'events-refused'; readonly count: number; readonly error: unknown }
  /** What had followed from the taps and the switch could not be saved; it is found out again. */
  | { readonly kind: 'undone'; readonly error: unknown }
  | { readonly kind: 'step-applied'; readonly step: Step; readonly milliseconds: number }
  | { readonly kind: 'settled'; readonly steps: number; readonly milliseconds: number }
  /** Others have changed what the switch had confirmed; the names are for people. */
  | { readonly kind: 'repaired'; readonly names: readonly string[] }
  /** The same had to be put right again and again. */
  | { readonly kind: 'fight'; readonly over: readonly string[]; readonly restMilliseconds: number }
  | { readonly kind: 'fight-over' }
  | { readonly kind: 'pass-failed'; readonly error: unknown; readonly retryMilliseconds: number }
  | { readonly kind: 'blocked'; readonly reason: string }
  | { readonly kind: 'switch-away' }
  | { readonly kind: 'waiting'; readonly tap: Failure; readonly wasActive: boolean }
  | { readonly kind: 'no-longer-waiting'; readonly tap: Pick<Failure, 'kind' | 'id'> }
  /** What is found about the copies of a tap flow has changed; `tooLong` is how many tap flows have too long ones now. */
  | {
      readonly kind: 'mtu';
      readonly tapFlow: string;
      readonly finding: MtuFinding | undefined;
      readonly wasTooLong: boolean;
      readonly tooLong: number;
    }
  | { readonly kind: 'gave-up'; readonly failure: Failure }
  /** Other hosts were told that these services have come here. */
  | { readonly kind: 'announced'; readonly ids: readonly string[] }
  /** Copies for these services are no longer answered, and go to all hosts until they are. */
  | { readonly kind: 'places-lost'; readonly ids: readonly string[] }
  /** Copies for these services wait, since nobody has answered them. */
  | { readonly kind: 'floods-paused'; readonly ids: readonly string[] }
  | { readonly kind: 'places-failed'; readonly error: unknown }
  | { readonly kind: 'reported'; readonly report: StatusReport }
  | { readonly kind: 'inventory-sent'; readonly ports: number }
  | { readonly kind: 'inventory-unwanted' }
  | { readonly kind: 'inventory-failed'; readonly error: unknown; readonly retryMilliseconds: number }
  | {
      readonly kind: 'report-failed';
      readonly report: StatusReport | undefined;
      readonly error: unknown;
      readonly retryMilliseconds: number;
    };

export type TraceReconcile = (event: ReconcileTrace) => void;
