import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFlowText } from '../../src/openflow/flow-entry.ts';
import { type Message, TYPE } from '../../src/openflow/message.ts';
import { OpenflowSession } from '../../src/openflow/openflow-session.ts';
import type { OpenflowTrace } from '../../src/openflow/trace-event.ts';
import { fuzzed } from '../chaos/fuzzed.ts';
import { eventually } from '../support/eventually.ts';
import { fakeSwitch, multipart, obedient } from './fake-switch.ts';
import { flowStats } from './flow-bytes.ts';

const flow = { bridge: 'tap', table: 0, priority: 1, cookie: 0x10n, match: 'reg0=0x1', actions: 'drop' } as const;

/** What the session asks for, in this order, and so where nonsense may come instead of the answer. */
const questions: Readonly<Record<string, (message: Message) => boolean>> = {
  features: ({ type }) => type === TYPE.featuresRequest,
  monitor: ({ type, body }) => type === TYPE.multipartRequest && body[1] === 16,
  flows: ({ type, body }) => type === TYPE.multipartRequest && body[1] === 1,
  bundle: ({ type }) => type === TYPE.barrierRequest,
};

/** Random bytes; or the true answer, changed in places, cut, twice, or with more announced. */
type Nonsense = (answer: Uint8Array) => Uint8Array;

const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
const anyNonsense: fc.Arbitrary<Nonsense> = fc.oneof(
  fc.uint8Array({ maxLength: 100 }).map((bytes) => () => bytes),
  fc
    .tuple(fc.array(change, { minLength: 1, maxLength: 4 }), fc.option(fc.nat()), fc.boolean())
    .map(([changes, cut, twice]) => (answer: Uint8Array) => {
      const whole = Buffer.concat(twice ? [answer, answer] : [answer]);
      const bytes = whole.subarray(0, cut === null ? undefined : cut % whole.length);
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    }),
);

const answerOf = (message: Message, socket: Parameters<typeof obedient>[1]) =>
  questions['flows']?.(message)
    ? [multipart(1, message.xid, flowStats([readFlowText(flow)]))]
    : obedient(message, socket);

/** The first time that the question comes, nonsense is the answer, and the end of the connection follows. */
async function survives(question: string, nonsense: Nonsense): Promise<void> {
  let asked = 0;
  const peer = await fakeSwitch((message, socket) => {
    const answer = answerOf(message, socket);
    if (!questions[question]?.(message)) return answer;
    asked += 1;
    if (asked > 1) return answer;
    socket.end(nonsense(Buffer.concat(answer)));
    return [];
  });
  const story: OpenflowTrace[] = [];
  const trace = (event: OpenflowTrace) => void story.push(event);
  const session = new OpenflowSession({
    bridge: 'tap',
    remote: peer.remote,
    ours: { cookie: 0x10n, mask: 0xf0n },
    trace,
  });
  session.start();
  try {
    const use = async () => {
      await session.refresh();
      await session.commit([{ command: 'ADD', flow }]);
    };
    await use().catch((error: unknown) => expect(error).toMatchObject({ name: 'OpenflowError' }));
    const again = () => peer.sockets.length > 1 && session.state === 'ready';
    await eventually(again, { what: 'another connection', intervalMs: 1 });
    await use();
    expect([...(session.flows?.values() ?? [])]).toEqual([flow]);
    expect(story.filter(({ kind }) => kind === 'listener-failed')).toEqual([]);
  } finally {
    await session.close();
    await peer.close();
  }
}

test('whatever a switch answers, the session ends with an error of its own, and the next one is as good as new', () =>
  fuzzed('OpenFlow: nonsense instead of any answer, on a socket', 300, async (options) => {
    const question = fc.constantFrom(...Object.keys(questions));
    await fc.assert(fc.asyncProperty(question, anyNonsense, survives), options);
  }));
