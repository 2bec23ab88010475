import { ByteReader } from './bytes.ts';
import { encodeMessage, type Message, TYPE, VERSION } from './message.ts';
import { OpenflowError } from './openflow-error.ts';

/** An element that lists versions, one bit each: OpenFlow 1.4 section 7.5.1. */
const BITMAP = 1;
const NAMES = ['', '1.0', '1.1', '1.2', '1.3', '1.4', '1.5'];

/** We speak one version. */
export function encodeHello(xid: number): Uint8Array {
  return encodeMessage(TYPE.hello, xid, (writer) =>
    writer
      .u16(BITMAP)
      .u16(8)
      .u32(1 << VERSION),
  );
}

/** The numbers of the versions in a hello; without a list it means its own and perhaps all before. */
function versionsOf({ version, body }: Message): readonly number[] {
  const reader = new ByteReader(body);
  while (reader.left >= 4) {
    const [type, length] = [reader.u16(), reader.u16()];
    if (length < 4) break;
    const element = reader.part(length - 4);
    if (type === BITMAP && element.left >= 4) {
      const bits = element.u32();
      return Array.from({ length: 32 }, (_, number) => number).filter((number) => (bits & (1 << number)) !== 0);
    }
    reader.skip(Math.min(reader.left, -length & 7));
  }
  return Array.from({ length: version }, (_, index) => index + 1);
}

/** @throws OpenflowError `protocol` unless the other side speaks OpenFlow 1.4, too */
export function checkHello(hello: Message): void {
  const versions = versionsOf(hello);
  if (versions.includes(VERSION)) return;
  const words = versions.map((number) => NAMES[number] ?? `of number ${number}`).join(', ');
  throw new OpenflowError(
    'protocol',
    `the switch speaks OpenFlow ${words || 'of no version'} here: add OpenFlow14 to the protocols of its bridge`,
  );
}
