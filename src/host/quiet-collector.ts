import { getHeapStatistics } from 'node:v8';
import type { HostEvent } from './host-event.ts';

export interface QuietCollectorOptions {
  /** Collects all garbage and gives its memory back to the system. Undefined: nothing is ever done. */
  readonly collect?: (() => void) | undefined;
  /** The memory that is taken for the program's values, in bytes. */
  readonly heapSize?: () => number;
  readonly trace: (event: HostEvent) => void;
}

/** For how long nothing must have happened, in milliseconds: the pause of some 50 ms then meets nobody, as a rule. */
const QUIET = 1_500;
/** By how much the heap must have grown since the last time, in bytes. */
const WORTH = 2 * 1024 * 1024;

const v8HeapSize = () => getHeapStatistics().total_heap_size;

/**
 * Node's own, which is there with --expose-gc. Only the flavor "last-resort" gives back more than a little: after 5,000
 * taps came at once 54 MB, where the regular one gave back 4.
 */
function nodeCollect(): (() => void) | undefined {
  const { gc } = globalThis;
  return gc && (() => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }));
}

/** Node keeps what a burst of work took until it runs short. On a hypervisor it is given back once all is quiet. */
export class QuietCollector {
  readonly #collect: (() => void) | undefined;
  readonly #heapSize: () => number;
  readonly #trace: QuietCollectorOptions['trace'];
  #before = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ collect = nodeCollect(), heapSize = v8HeapSize, trace }: QuietCollectorOptions) {
    this.#collect = collect;
    this.#heapSize = heapSize;
    this.#trace = trace;
  }

  /** Something has happened. */
  touch(): void {
    if (this.#collect === undefined) return;
    this.#timer ??= setTimeout(() => this.#onQuiet(), QUIET).unref();
    this.#timer.refresh();
  }

  #onQuiet(): void {
    const [grown, began] = [this.#heapSize(), performance.now()];
    if (grown < this.#before + WORTH) return;
    this.#collect?.();
    this.#before = this.#heapSize();
    this.#trace({ kind: 'collected', bytes: grown - this.#before, milliseconds: performance.now() - began });
  }
}
