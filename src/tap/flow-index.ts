import type { HeldTapFlow } from './desired-state.ts';

/** Tap flows by id, and by their source port as well. */
export class FlowIndex {
  readonly #flows: Map<string, HeldTapFlow>;
  #bySource: Map<string, Set<string>> | undefined;
  #isAsked = false;

  /** Takes the flows as its own. */
  constructor(flows: Map<string, HeldTapFlow>) {
    this.#flows = flows;
  }

  /** A live view, in the order in which they came. */
  get all(): ReadonlyMap<string, HeldTapFlow> {
    return this.#flows;
  }

  get(id: string): HeldTapFlow | undefined {
    return this.#flows.get(id);
  }

  from(sourcePortId: string): readonly HeldTapFlow[] {
    // An index of all costs more than some walks over them, and less than many.
    if (!this.#bySource && !this.#isAsked) {
      this.#isAsked = true;
      return this.#walk(sourcePortId);
    }
    const ids = this.#index().get(sourcePortId) ?? [];
    return [...ids].flatMap((id) => this.#flows.get(id) ?? []);
  }

  set(held: HeldTapFlow): void {
    const { id } = held.tap;
    const before = this.#flows.get(id);
    if (before?.tap.sourcePortId !== held.tap.sourcePortId) {
      this.#leave(before);
      if (this.#bySource) join(this.#bySource, held);
    }
    this.#flows.set(id, held);
  }

  delete(id: string): void {
    this.#leave(this.#flows.get(id));
    this.#flows.delete(id);
  }

  #walk(sourcePortId: string): readonly HeldTapFlow[] {
    const found: HeldTapFlow[] = [];
    for (const held of this.#flows.values()) if (held.tap.sourcePortId === sourcePortId) found.push(held);
    return found;
  }

  #leave(held: HeldTapFlow | undefined): void {
    if (held) this.#bySource?.get(held.tap.sourcePortId)?.delete(held.tap.id);
  }

  #index(): Map<string, Set<string>> {
    if (!this.#bySource) {
      this.#bySource = new Map();
      for (const held of this.#flows.values()) join(this.#bySource, held);
    }
    return this.#bySource;
  }
}

function join(index: Map<string, Set<string>>, { tap: { id, sourcePortId } }: HeldTapFlow): void {
  const known = index.get(sourcePortId);
  if (known) known.add(id);
  else index.set(sourcePortId, new Set([id]));
}
