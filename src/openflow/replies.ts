import { ByteReader } from './bytes.ts';
import { errorName } from './error-words.ts';
import type { Message } from './message.ts';

/** What the switch says of itself: OpenFlow 1.4 section 7.3.1. */
export interface Features {
  /** Number of the bridge, 16 hex digits. */
  readonly datapathId: string;
  readonly tables: number;
}

/** @throws OpenflowError `protocol` */
export function readFeatures({ body }: Message): Features {
  const reader = new ByteReader(body);
  const datapathId = reader.u64().toString(16).padStart(16, '0');
  return { datapathId, tables: reader.skip(4).u8() };
}

/** The name of an error, OpenFlow 1.4 section 7.5.4. @throws OpenflowError `protocol` */
export function readErrorName({ body }: Message): string {
  const reader = new ByteReader(body);
  return errorName(reader.u16(), reader.u16());
}

/** One part of an answer in parts. */
export interface Part {
  readonly kind: number;
  readonly more: boolean;
  readonly body: ByteReader;
}

const MORE = 1;

/** OpenFlow 1.4 section 7.3.5. @throws OpenflowError `protocol` */
export function readPart({ body }: Message): Part {
  const reader = new ByteReader(body);
  const [kind, flags] = [reader.u16(), reader.u16()];
  return { kind, more: (flags & MORE) !== 0, body: reader.skip(4) };
}
