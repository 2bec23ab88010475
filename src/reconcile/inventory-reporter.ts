import type { PortInventory } from '../contract/agent-report.ts';
import { Worker } from '../pacing/worker.ts';
import type { InventoryPort } from './ports.ts';
import type { TraceReconcile } from './trace.ts';

export interface InventoryReporterOptions {
  /** The ports as they are now; undefined while the switch is away: then what was told last stays true. */
  readonly read: () => PortInventory | undefined;
  readonly port: InventoryPort;
  readonly trace: TraceReconcile;
}

/**
 * Tells the control plane which ports this host has: all of them, whenever something about them has changed, and when it
 * asks. Where nobody takes it (Neutron knows its ports without us), nothing is sent until `tellAgain`, which also begins it.
 */
export class InventoryReporter {
  readonly #options: InventoryReporterOptions;
  readonly #worker: Worker;
  /** What was told last, as text. */
  #told: string | undefined;
  #wanted = false;

  constructor(options: InventoryReporterOptions) {
    this.#options = options;
    this.#worker = new Worker({
      work: () => this.#send(),
      onFailure: (error, retryMilliseconds) => options.trace({ kind: 'inventory-failed', error, retryMilliseconds }),
    });
  }

  start(): void {
    this.#worker.start();
  }

  /** The ports may have changed. */
  wake(): void {
    this.#worker.wake();
  }

  /** Somebody asks, or may not have heard what was told. */
  tellAgain(): void {
    this.#told = undefined;
    this.#wanted = true;
    this.#worker.retryNow();
  }

  stop(): Promise<void> {
    return this.#worker.stop();
  }

  async #send(): Promise<boolean> {
    const { read, port, trace } = this.#options;
    if (!this.#wanted) return false;
    const inventory = read();
    const text = JSON.stringify(inventory);
    if (!inventory || text === this.#told) return false;
    this.#told = text;
    let answer: 'sent' | 'unwanted';
    try {
      answer = await port.send(inventory);
    } catch (error) {
      this.#told = undefined;
      throw error;
    }
    // Who has asked meanwhile came too late to be counted in the answer.
    if (answer === 'unwanted' && this.#told === text) this.#wanted = false;
    trace(
      answer === 'sent' ? { kind: 'inventory-sent', ports: inventory.ports.length } : { kind: 'inventory-unwanted' },
    );
    // Changes that came meanwhile.
    return true;
  }
}
