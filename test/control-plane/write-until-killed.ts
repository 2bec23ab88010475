/** Changes the database at the path that it is given until it is killed, and says each change once it is committed. */
import { writeSync } from 'node:fs';
import { openControlPlane } from '../../src/control-plane/open-control-plane.ts';
import { flow, inventory, RED, reported, service } from './stage.ts';

const { controlPlane, desk } = openControlPlane({
  database: process.argv[2] ?? '',
  limits: { quota: { tap_service: -1, tap_flow: -1 }, taasIds: { first: 3900, last: 3999 } },
  castPort: { send: async () => {} },
  trace: () => {},
});

/** Not through a stream: what is said must be out when the next change begins. */
const say = (what: 'made' | 'named' | 'deleted', id: string, name = '') =>
  writeSync(1, `${JSON.stringify({ what, id, name })}\n`);

await desk.take(inventory('host-1', reported(1), reported(2)));
const existing = controlPlane.list(RED, 'tap_service')[0];
const [at] = existing ? [existing] : controlPlane.create(RED, 'tap_service', [service(1)]);
if (!at) throw new Error('create answered nothing');

for (let round = 0; ; round += 1) {
  const name = `${process.pid}-${round}`;
  for (const { id } of controlPlane.create(RED, 'tap_flow', [flow(at.id, 2, { name })])) say('made', id, name);
  const flows = controlPlane.list(RED, 'tap_flow');
  const some = flows[(round * 7) % flows.length];
  if (!some) continue;
  controlPlane.update(RED, 'tap_flow', some.id, { name: `${name}-new` });
  say('named', some.id, `${name}-new`);
  if (flows.length < 20) continue;
  controlPlane.delete(RED, 'tap_flow', some.id);
  say('deleted', some.id);
}
