import type { BusTrace } from '../../src/bus/bus-trace.ts';
import { eventually } from '../support/eventually.ts';

const LIMIT_MS = 90_000;

type Kind = BusTrace['kind'];
type Traced<K extends Kind> = Extract<BusTrace, { kind: K }>;

/** Waits for a condition, generously: a slow machine is no failure. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(holds, { what, timeoutMs: LIMIT_MS });
}

/** What a bus tells, for a test to wait for. */
export class RecordedTraces {
  readonly traces: BusTrace[] = [];

  of<K extends Kind>(kind: K): Traced<K>[] {
    return this.traces.filter((event): event is Traced<K> => event.kind === kind);
  }

  /** Resolves when there are so many traces of a kind, with the last of them. */
  async traced<K extends Kind>(kind: K, count = 1): Promise<Traced<K>> {
    await this.until(`${count} of ${kind}`, () => this.of(kind).length >= count);
    const found = this.of(kind)[count - 1];
    if (found === undefined) throw new Error('lost a trace');
    return found;
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await until(what, holds).catch((cause: unknown) => {
      throw new Error(`${what}: not within ${LIMIT_MS} ms; traces: ${JSON.stringify(this.traces)}`, { cause });
    });
  }
}
