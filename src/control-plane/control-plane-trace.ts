import type { AgentReport } from '../contract/agent-report.ts';

/** What the control plane tells its observer. */
export type ControlPlaneTrace =
  | {
      readonly kind: 'status-reported';
      readonly report: Extract<AgentReport, { kind: 'status' }>;
      /** What became of the row; `keep`: the report was late, repeated, or of nothing that we know. */
      readonly after: 'keep' | 'set' | 'erase';
    }
  | { readonly kind: 'sync-requested'; readonly host: string }
  | {
      readonly kind: 'ports-reported';
      readonly host: string;
      readonly ports: number;
      /** Interfaces whose `iface-id` is no UUID: they cannot be tapped. */
      readonly unusable: readonly string[];
    }
  | { readonly kind: 'casts-sent'; readonly casts: number }
  | { readonly kind: 'casts-failed'; readonly error: unknown; readonly retryMilliseconds: number };
