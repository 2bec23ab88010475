import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentCast } from '../../src/contract/cast.ts';
import type { TapFlow } from '../../src/contract/resources.ts';
import { eventually } from '../support/eventually.ts';
import { addFolder } from '../support/folder.ts';
import { startProcess } from '../support/process.ts';
import { ADMIN, Stage } from './stage.ts';

const ROUNDS = 20;
const WRITER = join(import.meta.dirname, 'write-until-killed.ts');

interface Said {
  readonly what: 'made' | 'named' | 'deleted';
  readonly id: string;
  readonly name: string;
}

/** Lets it change the database, kills it in the middle of that, and answers what it said before. */
async function killedWriter(path: string, after: number): Promise<readonly Said[]> {
  const writer = await startProcess(process.execPath, [WRITER, path]);
  onTestFinished(() => writer.stop('SIGKILL'));
  const lines = () => writer.output().split('\n').slice(0, -1);
  await eventually(() => !writer.isRunning() || lines().length >= after, { intervalMs: 1, what: 'changes' });
  writer.signal('SIGKILL');
  expect(await writer.ended).toMatchObject({ signal: 'SIGKILL' });
  return lines().map((line) => JSON.parse(line) as Said);
}

function apply(names: Map<string, string>, said: readonly Said[]): void {
  for (const { what, id, name } of said) {
    if (what === 'deleted') names.delete(id);
    else names.set(id, name);
  }
}

/** How many rows are not as they were said to be. */
function differences(names: ReadonlyMap<string, string>, flows: readonly TapFlow[]): number {
  const now = new Map(flows.map(({ id, name }) => [id, name]));
  return [...new Set([...names.keys(), ...now.keys()])].filter((id) => names.get(id) !== now.get(id)).length;
}

/** The tap flows that agents have after these casts. */
function follow(held: Set<string>, casts: readonly AgentCast[]): void {
  for (const { method, args } of casts) {
    const id = (args.tap_flow_msg as { readonly tap_flow: TapFlow } | undefined)?.tap_flow.id;
    if (id === undefined) continue;
    if (method === 'create_tap_flow') held.add(id);
    else held.delete(id);
  }
}

test(`killed ${ROUNDS} times in the middle of writing, it keeps every change that it has told of, and its casts`, async () => {
  const folder = await addFolder('killed');
  onTestFinished(() => folder.remove());
  const path = join(folder.path, 'taas.db');
  const names = new Map<string, string>();
  const held = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    apply(names, await killedWriter(path, 1 + Math.floor(Math.random() * 80)));
    const stage = new Stage({}, path);
    onTestFinished(() => stage.opened.sender.stop());
    const flows = stage.plane.list(ADMIN, 'tap_flow');
    // One change may be committed that it could not tell of any more.
    expect(differences(names, flows)).toBeLessThanOrEqual(1);
    follow(held, await stage.sent());
    expect(held).toEqual(new Set(flows.map(({ id }) => id)));
    await stage.close();
    names.clear();
    for (const { id, name } of flows) names.set(id, name);
  }
});
