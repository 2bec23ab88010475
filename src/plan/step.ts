import type { WantedPort } from '../compile/pipeline.ts';
import type { WantedBridge, WantedMirror } from '../compile/wanted.ts';
import type { FlowBridge, FlowMod } from '../openflow/flow.ts';

/**
 * One change of rows of ours in the OVSDB. Rows that exist are named by their id. `barrier` changes nothing: it makes the
 * transaction wait until the switch has applied everything before it.
 */
export type RowChange =
  | { readonly kind: 'create-bridge'; readonly bridge: WantedBridge }
  | { readonly kind: 'update-bridge'; readonly rowId: string; readonly bridge: WantedBridge }
  | { readonly kind: 'delete-bridge'; readonly rowId: string }
  | { readonly kind: 'create-port'; readonly port: WantedPort }
  | { readonly kind: 'update-port'; readonly rowId: string; readonly port: WantedPort }
  | { readonly kind: 'delete-port'; readonly rowId: string; readonly name: string; readonly bridge: FlowBridge }
  | { readonly kind: 'create-mirror'; readonly mirror: WantedMirror }
  | {
      readonly kind: 'update-mirror';
      readonly rowId: string;
      readonly mirror: Pick<WantedMirror, 'name' | 'way'>;
      readonly insert: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly kind: 'delete-mirror'; readonly rowId: string; readonly name: string }
  | { readonly kind: 'barrier' };

/** One transaction, or one bundle; a step is done when the switch has confirmed it, and only then the next one begins. */
export type Step =
  | { readonly kind: 'rows'; readonly changes: readonly RowChange[] }
  | { readonly kind: 'flows'; readonly bridge: FlowBridge; readonly mods: readonly FlowMod[] };
