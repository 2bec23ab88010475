import type { MtuFinding } from '../compile/wanted.ts';
import type { TraceReconcile } from './trace.ts';

type Findings = ReadonlyMap<string, MtuFinding>;

function countTooLong(findings: Findings): number {
  return findings.values().reduce((count, { kind }) => count + (kind === 'too-long' ? 1 : 0), 0);
}

/** Knows which tap flows have copies that do not fit the network between the hosts, and tells when that changes. */
export class MtuWatch {
  readonly #trace: TraceReconcile;
  #last: Findings = new Map();
  #tooLong = 0;

  constructor(trace: TraceReconcile) {
    this.#trace = trace;
  }

  /** How many tap flows have copies that are too long. */
  get tooLong(): number {
    return this.#tooLong;
  }

  /** What a pass has found, by the ids of tap flows. */
  look(findings: Findings): void {
    const before = this.#last;
    this.#last = findings;
    this.#tooLong = countTooLong(findings);
    for (const id of new Set([...before.keys(), ...findings.keys()])) this.#tell(id, before.get(id), findings.get(id));
  }

  #tell(tapFlow: string, before: MtuFinding | undefined, finding: MtuFinding | undefined): void {
    if (before?.reason === finding?.reason) return;
    const wasTooLong = before?.kind === 'too-long';
    this.#trace({ kind: 'mtu', tapFlow, finding, wasTooLong, tooLong: this.#tooLong });
  }
}
