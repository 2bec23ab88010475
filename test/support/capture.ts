import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { addFolder } from './folder.ts';
import type { Namespace } from './namespace.ts';
import { type CapturedFrame, pcapCounter, readPcap } from './pcap.ts';
import { type RunningProcess, startProcess } from './process.ts';
import { SupportError } from './support-error.ts';

export interface CaptureOptions {
  /** Seen from the VM: `in` is what it receives, `out` what it sends; both unless told. */
  readonly direction?: 'in' | 'out' | 'both';
  /** Another device of the namespace than eth0. */
  readonly device?: string;
}

export interface WaitOptions {
  /** Counts only these. */
  readonly where?: (frame: Buffer) => boolean;
  /** Milliseconds; 30,000 unless told. */
  readonly timeoutMs?: number;
}

/** A tcpdump(8) at work. */
export interface Capture {
  /** Every frame that the kernel had given to tcpdump when this was called, as bytes, in order. */
  frames(): Promise<readonly Buffer[]>;
  /** The same, each with the time at which the kernel saw it. */
  timedFrames(): Promise<readonly CapturedFrame[]>;
  /** How many frames are in its file by now; some that have come may be on their way there. */
  countSoFar(): Promise<number>;
  /** Waits until at least so many frames are there, and answers those that count. */
  waitForFrames(count: number, options?: WaitOptions): Promise<readonly Buffer[]>;
  /** Ends it and answers every frame. */
  stop(): Promise<readonly Buffer[]>;
}

/** Ring buffer in KiB. */
const RING_KIB = 32_768;
/** More than any jumbo frame; libpcap's ring slots are as big as this at most. */
const SNAPLEN = 65_535;

/** The numbers of frames that the kernel dropped for want of room in the ring, as told so far. */
function dropsIn(output: string): number[] {
  return [...output.matchAll(/(\d+) packets? dropped by kernel/g)].map(([, dropped]) => Number(dropped));
}

function requireRunning(tcpdump: RunningProcess): void {
  if (!tcpdump.isRunning()) throw new SupportError('process-ended', `tcpdump ended: ${tcpdump.output()}`);
}

/**
 * tcpdump sleeps only in poll(2), and that only while its ring is empty; each frame is written before the next (-U). So once
 * it is seen asleep, all that had come before is in the file. (Its counters cannot tell: `received by filter` includes
 * frames of the other direction.)
 */
async function drain(tcpdump: RunningProcess): Promise<void> {
  const asleep = async () => {
    requireRunning(tcpdump);
    const stat = await readFile(`/proc/${tcpdump.pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('S');
  };
  await eventually(asleep, { what: 'tcpdump to write every frame', intervalMs: 2 });
}

/** Asks with SIGUSR1, which tcpdump answers with its counters. Throws SupportError `capture-lost-frames`. */
async function requireNoDrops(tcpdump: RunningProcess): Promise<void> {
  const before = dropsIn(tcpdump.output()).length;
  tcpdump.signal('SIGUSR1');
  const answer = () => {
    requireRunning(tcpdump);
    return dropsIn(tcpdump.output())[before];
  };
  const dropped = await eventually(answer, { what: 'tcpdump to report its counters', intervalMs: 2 });
  if (dropped > 0) throw new SupportError('capture-lost-frames', `the kernel dropped ${dropped} frames`);
}

function argumentsOf(file: string, direction: 'in' | 'out' | 'both', device: string): readonly string[] {
  // Not the filter `inbound`: libpcap applies a filter to the first frame itself, where it does not know directions.
  const way = direction === 'both' ? [] : ['-Q', direction];
  const limits = ['-s', String(SNAPLEN), '-B', String(RING_KIB)];
  return ['-i', device, '-p', '-n', '-U', '--immediate-mode', '-Z', 'root', ...limits, '-w', file, ...way];
}

async function startTcpdump(namespace: Namespace, args: readonly string[]): Promise<RunningProcess> {
  const tcpdump = await startProcess('ip', namespace.command('tcpdump', args));
  const listens = () => {
    requireRunning(tcpdump);
    return tcpdump.output().includes('listening on');
  };
  try {
    await eventually(listens, { what: 'tcpdump to listen', intervalMs: 5 });
  } catch (error) {
    await tcpdump.stop();
    throw error;
  }
  return tcpdump;
}

/**
 * Captures at a device of a VM. Resolves when tcpdump listens: every frame after that is seen, VLAN tags in the bytes, with
 * none cut or lost (SupportError `capture-lost-frames` tells if the machine was too slow).
 */
export async function capture(
  { namespace }: { readonly namespace: Namespace },
  { direction = 'both', device = 'eth0' }: CaptureOptions = {},
): Promise<Capture> {
  const folder = await addFolder('capture');
  const file = join(folder.path, 'frames.pcap');
  const tcpdump = await startTcpdump(namespace, argumentsOf(file, direction, device)).catch(async (error) => {
    await folder.remove();
    throw error;
  });
  const timedFrames = async () => {
    await drain(tcpdump);
    await requireNoDrops(tcpdump);
    return readPcap(await readFile(file));
  };
  const frames = async () => (await timedFrames()).map(({ bytes }) => bytes);
  const waitForFrames = (count: number, { where = () => true, timeoutMs = 30_000 }: WaitOptions = {}) => {
    const enough = async () => {
      const counted = (await frames()).filter(where);
      if (counted.length < count) throw new Error(`${counted.length} have come`);
      return counted;
    };
    return eventually(enough, { what: `${count} frames at ${namespace.name}`, timeoutMs, intervalMs: 50 });
  };
  const stop = async () => {
    try {
      return await frames();
    } finally {
      await tcpdump.stop('SIGINT');
      await folder.remove();
    }
  };
  return { frames, timedFrames, countSoFar: pcapCounter(file), waitForFrames, stop };
}
