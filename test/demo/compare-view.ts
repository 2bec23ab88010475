import { BROADCAST } from '../support/frames.ts';
import { summarizeFrame } from '../support/summarize-frame.ts';

/** The two MAC addresses at the start of a summary say little to a reader who sees the IP addresses behind them. */
const story = (frame: Buffer) =>
  summarizeFrame(frame).replace(/^\S+ > (\S+) /, (_, to) => (to === BROADCAST ? 'broadcast ' : ''));

/** Each frame of the source port beside its copy at the sensor, then what the sensor saw besides. */
export function sideBySide(source: readonly Buffer[], sensor: readonly Buffer[]): readonly string[] {
  const rest = [...sensor];
  const rows = source.map((frame): readonly [string, string] => {
    const at = rest.findIndex((copy) => copy.equals(frame));
    if (at < 0) return [story(frame), 'MISSING'];
    rest.splice(at, 1);
    return [story(frame), `the same ${frame.length} bytes`];
  });
  const surplus = rest.map((frame): readonly [string, string] => ['', `NOT AT THE SOURCE PORT: ${story(frame)}`]);
  const all: (readonly [string, string])[] = [['at the source port', 'at the sensor'], ...rows, ...surplus];
  const width = Math.max(...all.map(([left]) => left.length));
  return all.map(([left, right]) => `  ${left.padEnd(width)}  |  ${right}`);
}
