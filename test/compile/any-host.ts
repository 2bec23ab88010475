import fc from 'fast-check';
import { createFlow, tapFlow, uuid } from '../tap/builders.ts';
import { access, trunk, vmPort } from './builders.ts';

const vlans = fc.oneof(fc.integer({ min: 0, max: 3 }).map(access), fc.constantFrom(trunk(), trunk(2)));
const portNumbers = fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { maxLength: 8 });
/** Up to eight of ten ports, in few VLANs, so that they meet. */
export const anyPorts = portNumbers.chain((numbers) =>
  fc.tuple(...numbers.map((number) => vlans.map((vlan) => vmPort(number, vlan)))),
);
/** Creates of tap flows from these ports to two services. */
export const anyTaps = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 2 }),
      fc.constantFrom('IN', 'OUT', 'BOTH'),
    ),
    { maxLength: 10 },
  )
  .map((list) =>
    list.map(([number, source, service, direction]) =>
      createFlow(
        tapFlow(number, {
          sourcePortId: uuid('port', source),
          tapServiceId: uuid('service', service),
          direction: direction as 'IN' | 'OUT' | 'BOTH',
        }),
      ),
    ),
  );
