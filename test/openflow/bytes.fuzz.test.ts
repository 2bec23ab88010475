import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../src/openflow/bytes.ts';
import { toFlowText } from '../../src/openflow/flow-entry.ts';
import { takeMonitorEvents } from '../../src/openflow/flow-monitor.ts';
import { takeAggregate, takeFlowStats } from '../../src/openflow/flow-stats.ts';
import { checkHello } from '../../src/openflow/hello.ts';
import { type Message, MessageStream, TYPE } from '../../src/openflow/message.ts';
import { OpenflowError } from '../../src/openflow/openflow-error.ts';
import { readErrorName, readFeatures, readPart } from '../../src/openflow/replies.ts';
import { fuzzed } from '../chaos/fuzzed.ts';
import { anyFlow } from './any-flow.ts';
import { flowStats } from './flow-bytes.ts';

const message = (type: number, body: Uint8Array): Message => ({ version: 5, type, xid: 1, body });

/** Everything that is ever read of what a switch sends. */
const readers: readonly ((bytes: Uint8Array) => unknown)[] = [
  (bytes) => takeFlowStats(new ByteReader(bytes)).map((entry) => toFlowText('tap', entry)),
  (bytes) => takeMonitorEvents(new ByteReader(bytes), () => true),
  (bytes) => takeAggregate(new ByteReader(bytes)),
  (bytes) => readFeatures(message(TYPE.featuresReply, bytes)),
  (bytes) => readErrorName(message(TYPE.error, bytes)),
  (bytes) => readPart(message(TYPE.multipartReply, bytes)),
  (bytes) => checkHello(message(TYPE.hello, bytes)),
  (bytes) => new MessageStream().push(bytes),
];

/** Answers what an attempt threw that it must not: anything but an error that tells that the other side is at fault. */
function wrongError(bytes: Uint8Array): unknown {
  for (const read of readers) {
    try {
      read(bytes);
    } catch (error) {
      if (!(error instanceof OpenflowError) || error.code !== 'protocol') return error;
    }
  }
  return undefined;
}

function isRefusedIfAnything(bytes: Uint8Array): void {
  expect(wrongError(bytes)).toBeUndefined();
}

test('random bytes are refused, and nothing else happens', () =>
  fuzzed('OpenFlow: random bytes, read in each way that there is', 5_000, (options) => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), isRefusedIfAnything), options);
  }));

test('flows that were changed or cut on their way are refused, and nothing else happens', () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  const changed = fc
    .tuple(anyFlow, fc.array(change, { maxLength: 4 }), fc.option(fc.nat()))
    .map(([flow, changes, cut]) => {
      const bytes = flowStats([flow]).slice(0, cut === null ? undefined : cut % 400);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  return fuzzed('OpenFlow: flows, changed or cut, read in each way that there is', 5_000, (options) => {
    fc.assert(fc.property(changed, isRefusedIfAnything), options);
  });
});
