import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeldTapFlow } from '../../src/tap/desired-state.ts';
import { FlowIndex } from '../../src/tap/flow-index.ts';
import { tapFlow, uuid } from './builders.ts';

const held = (number: number, port: number): HeldTapFlow => ({
  tap: tapFlow(number, { sourcePortId: uuid('port', port) }),
  host: null,
  number,
  confirmed: false,
  reportDue: false,
});
const small = fc.integer({ min: 1, max: 5 });
const step = fc.record({ what: fc.constantFrom('set', 'delete', 'look'), number: small, port: small });

test('flows are found by their source port, whenever it is asked for first', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const index = new FlowIndex(new Map());
      const model = new Map<string, HeldTapFlow>();
      for (const { what, number, port } of steps) {
        const flow = held(number, port);
        if (what === 'set') {
          index.set(flow);
          model.set(flow.tap.id, flow);
        } else if (what === 'delete') {
          index.delete(flow.tap.id);
          model.delete(flow.tap.id);
        } else {
          const wanted = [...model.values()].filter(({ tap }) => tap.sourcePortId === uuid('port', port));
          expect(new Set(index.from(uuid('port', port)))).toEqual(new Set(wanted));
        }
        expect([...index.all]).toEqual([...model]);
      }
    }),
  );
});
