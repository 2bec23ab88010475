import { expect, test } from 'vitest';
import { StateKeeper } from '../../src/reconcile/state-keeper.ts';
import { type DesiredState, emptyState } from '../../src/tap/desired-state.ts';
import { MemoryStore } from './fakes.ts';

const next = (state: DesiredState): DesiredState => ({ ...state, lastNumber: state.lastNumber + 1 });

test('a change counts once it is saved', async () => {
  const store = new MemoryStore();
  const keeper = new StateKeeper(store, emptyState);
  const changing = keeper.update(next);
  expect(keeper.state).toBe(emptyState);
  await changing;
  expect(keeper.state.lastNumber).toBe(1);
  expect(store.saved).toBe(keeper.state);
});

test('changes follow one another, each on the state before it', async () => {
  const store = new MemoryStore();
  const keeper = new StateKeeper(store, emptyState);
  await Promise.all(Array.from({ length: 50 }, () => keeper.update(next)));
  expect(keeper.state.lastNumber).toBe(50);
  expect(store.saves).toBe(50);
});

test('a failure of the disk is the caller’s alone: the state stays, later changes are made', async () => {
  const store = new MemoryStore();
  const keeper = new StateKeeper(store, emptyState);
  const full = new Error('no space left');
  store.faults.fail(full);
  const results = await Promise.allSettled([keeper.update(next), keeper.update(next)]);
  expect(results).toEqual([
    { status: 'rejected', reason: full },
    { status: 'fulfilled', value: undefined },
  ]);
  expect(keeper.state.lastNumber).toBe(1);
  expect(store.saved.lastNumber).toBe(1);
});

test('a change that changes nothing is not saved', async () => {
  const store = new MemoryStore();
  await new StateKeeper(store, emptyState).update((state) => state);
  expect(store.saves).toBe(0);
});

test('a change that throws is an error of its caller', async () => {
  const keeper = new StateKeeper(new MemoryStore(), emptyState);
  const bug = new Error('bug');
  await expect(
    keeper.update(() => {
      throw bug;
    }),
  ).rejects.toBe(bug);
  await keeper.update(next);
  expect(keeper.state.lastNumber).toBe(1);
});
