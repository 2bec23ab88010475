import type { ReconcileTrace } from '../reconcile/trace.ts';
import type { Narrator } from './narrator.ts';

type MtuEvent = Extract<ReconcileTrace, { readonly kind: 'mtu' }>;

/** Tells whether copies fit the network between the hosts. */
export function narrateMtu({ log, counters }: Narrator, { tapFlow, finding, wasTooLong, tooLong }: MtuEvent): void {
  counters.set('taas_agent_mtu_warnings', tooLong);
  const fields = finding ? { tapFlow, reason: finding.reason } : { tapFlow };
  const over = wasTooLong ? 'info' : 'debug';
  if (finding?.kind === 'too-long') log.warn(fields, 'the longest copies do not fit the network between the hosts');
  else if (finding) log[over](fields, 'whether copies fit the network between the hosts is not known');
  else log[over](fields, 'all copies fit the network between the hosts, or the tap flow is gone');
}
