import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StateKeeper } from '../../src/reconcile/state-keeper.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import { eventually } from '../support/eventually.ts';
import { MemoryStore } from './fakes.ts';

const next = (state: DesiredState): DesiredState => ({ ...state, lastNumber: state.lastNumber + 1 });
const full = new Error('no space left');

/** A disk that takes its time: each save waits until it is told how to end. */
class SlowStore extends MemoryStore {
  readonly begun: { readonly state: DesiredState; readonly end: (error?: Error) => void }[] = [];
  saving = 0;

  override async save(state: DesiredState): Promise<void> {
    this.saving += 1;
    expect(this.saving, 'saves must not overlap').toBe(1);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.begun.push({ state, end: (error) => (error ? reject(error) : resolve()) });
    try {
      await promise;
      await super.save(state);
    } finally {
      this.saving -= 1;
    }
  }

  /** The n-th save that was begun. */
  async nth(n: number) {
    while (this.begun.length < n) await new Promise((resolve) => setImmediate(resolve));
    const begun = this.begun[n - 1];
    if (!begun) throw new Error('unreachable');
    return begun;
  }
}

const statuses = async (work: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(work)).map(({ status }) => status);

test('a change counts once it is saved', async () => {
  const store = new MemoryStore();
  const keeper = new StateKeeper(store, emptyState);
  const changing = keeper.update(next);
  expect(keeper.state).toBe(emptyState);
  await changing;
  expect(keeper.state.lastNumber).toBe(1);
  expect(store.saved).toBe(keeper.state);
});

describe('changes that wait are saved together', () => {
  test('each on the state that the one before it made', async () => {
    const store = new MemoryStore();
    const keeper = new StateKeeper(store, emptyState);
    await Promise.all(Array.from({ length: 50 }, () => keeper.update(next)));
    expect(keeper.state.lastNumber).toBe(50);
    expect(store.saves).toBe(1);
  });

  test('those that come while a save is under way wait for it, and see what it saved', async () => {
    const store = new SlowStore();
    const keeper = new StateKeeper(store, emptyState);
    const first = keeper.update(next);
    const save = await store.nth(1);
    let seen: DesiredState | undefined;
    const others = [
      keeper.update((state) => {
        seen = state;
        return next(state);
      }),
      keeper.update(next),
    ];
    await Promise.resolve();
    expect(seen).toBe(undefined);
    save.end();
    await first;
    expect(keeper.state.lastNumber).toBe(1);
    const second = await store.nth(2);
    expect(seen).toBe(keeper.state);
    expect(second.state.lastNumber).toBe(3);
    second.end();
    await Promise.all(others);
    expect([keeper.state.lastNumber, store.begun.length]).toEqual([3, 2]);
  });

  test('a failure of the disk is that of the whole batch: the state stays, later changes are made upon it', async () => {
    const store = new SlowStore();
    const keeper = new StateKeeper(store, emptyState);
    const batch = [keeper.update(next), keeper.update(next), keeper.update((state) => state)];
    const save = await store.nth(1);
    const later = keeper.update(next);
    save.end(full);
    expect(await Promise.allSettled(batch)).toEqual(batch.map(() => ({ status: 'rejected', reason: full })));
    expect(keeper.state).toBe(emptyState);
    (await store.nth(2)).end();
    await later;
    expect(keeper.state.lastNumber).toBe(1);
    expect(store.saved).toBe(keeper.state);
  });

  test('one that finds its work done by an unsaved change of its batch does not count before that is saved', async () => {
    const store = new SlowStore();
    const keeper = new StateKeeper(store, emptyState);
    const toOne = (state: DesiredState) => (state.lastNumber === 1 ? state : { ...state, lastNumber: 1 });
    const batch = [keeper.update(toOne), keeper.update(toOne)];
    (await store.nth(1)).end(full);
    expect(await statuses(batch)).toEqual(['rejected', 'rejected']);
  });
});

describe('what would be found again after a crash', () => {
  const told: string[] = [];
  /** Tells what it shows, in the order in which that happens. */
  function toldBy(store: MemoryStore): StateKeeper {
    told.length = 0;
    const keeper: StateKeeper = new StateKeeper(store, emptyState, {
      onChange: () => told.push(`shows ${keeper.state.lastNumber}`),
      onUndone: (error) => told.push(String(error)),
    });
    return keeper;
  }

  test('shows at once, and is saved soon', async () => {
    const store = new MemoryStore();
    const keeper = toldBy(store);
    await Promise.all([keeper.update(next, 'at once'), keeper.update(next, 'at once')]);
    await keeper.update(next, 'at once');
    expect([keeper.state.lastNumber, store.saves, told]).toEqual([3, 0, ['shows 2', 'shows 3']]);
    await eventually(() => store.saved === keeper.state);
    expect([store.saves, told.length]).toEqual([1, 2]);
  });

  test('is saved with the next change that has to be, and then not once more', async () => {
    const store = new MemoryStore();
    const keeper = toldBy(store);
    await keeper.update(next, 'at once');
    await keeper.update(next);
    expect([store.saved.lastNumber, told]).toEqual([2, ['shows 1', 'shows 2']]);
    await delay(250);
    expect(store.saves).toBe(1);
  });

  test('does not show before a change that has to be saved, beside which it came', async () => {
    const store = new SlowStore();
    const keeper = toldBy(store);
    const changing = Promise.all([keeper.update(next), keeper.update(next, 'at once')]);
    const save = await store.nth(1);
    expect([keeper.state, told]).toEqual([emptyState, []]);
    save.end();
    await changing;
    expect(told).toEqual(['shows 2']);
  });

  test('can be saved at once', async () => {
    const store = new MemoryStore();
    const keeper = toldBy(store);
    await keeper.update(next, 'at once');
    await keeper.flush();
    expect(store.saved).toBe(keeper.state);
    await keeper.flush();
    await delay(250);
    expect(store.saves).toBe(1);
  });

  test('is undone when it cannot be saved, and shows no more at once until the disk takes something again', async () => {
    const store = new SlowStore();
    const keeper = toldBy(store);
    await keeper.update(next, 'at once');
    (await store.nth(1)).end(full);
    await eventually(() => keeper.state === emptyState);
    expect(told).toEqual(['shows 1', 'shows 0', String(full)]);
    const again = keeper.update(next, 'at once');
    const save = await store.nth(2);
    expect(keeper.state).toBe(emptyState);
    save.end();
    await again;
    await keeper.update(next, 'at once');
    expect(told.slice(3)).toEqual(['shows 1', 'shows 2']);
    (await store.nth(3)).end();
  });

  test('is undone with a change that cannot be saved', async () => {
    const store = new MemoryStore();
    const keeper = toldBy(store);
    await keeper.update(next, 'at once');
    store.faults.fail(full);
    await expect(keeper.update(next)).rejects.toBe(full);
    expect(told).toEqual(['shows 1', 'shows 0', String(full)]);
    await expect(keeper.update((state) => state)).resolves.toBe(undefined);
    expect(store.saves).toBe(0);
  });
});

test('a change that changes nothing is not saved', async () => {
  const store = new MemoryStore();
  await new StateKeeper(store, emptyState).update((state) => state);
  expect(store.saves).toBe(0);
});

test('a change that throws is an error of its caller alone', async () => {
  const store = new MemoryStore();
  const keeper = new StateKeeper(store, emptyState);
  const bug = new Error('bug');
  const throwing = keeper.update(() => {
    throw bug;
  });
  expect(await statuses([keeper.update(next), throwing, keeper.update(next)])).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  await expect(throwing).rejects.toBe(bug);
  expect([keeper.state.lastNumber, store.saved.lastNumber]).toEqual([2, 2]);
});

test('whatever fails: all that was said to be saved is, in its order, and at rest nothing else', async () => {
  const step = fc.record({ fails: fc.boolean(), waits: fc.boolean(), show: fc.constantFrom('saved', 'at once') });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const store = new MemoryStore();
      const keeper = new StateKeeper(store, emptyState);
      const saved: string[] = [];
      const shown: string[] = [];
      const calls: Promise<void>[] = [];
      for (const [n, { fails, waits, show }] of steps.entries()) {
        if (fails) store.faults.fail(full);
        const change = (state: DesiredState) => ({ ...state, deleted: [...state.deleted, `${n}`] });
        const call = keeper.update(change, show).then(
          () => {
            shown.push(`${n}`);
            if (show === 'at once') return;
            saved.push(`${n}`);
            expect(store.saved.deleted).toContain(`${n}`);
          },
          (error: unknown) => expect(error).toBe(full),
        );
        if (waits) await call;
        calls.push(call);
      }
      await Promise.all(calls);
      await keeper.flush();
      expect(keeper.state).toBe(store.saved);
      const isOf = (numbers: readonly string[]) => (number: string) => numbers.includes(number);
      expect(keeper.state.deleted.filter(isOf(saved))).toEqual(saved);
      expect(shown.filter(isOf(keeper.state.deleted))).toEqual(keeper.state.deleted);
    }),
  );
});
