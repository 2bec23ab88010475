import { join } from 'node:path';
import { execa } from 'execa';
import { runCommand } from './run-command.ts';
import { SupportError } from './support-error.ts';
import type { Vm } from './vm.ts';

/** Where frames are sent from: a VM, or a device of another namespace. */
export type Sender = Pick<Vm, 'switch' | 'namespace'> & {
  /** eth0 unless told. */
  readonly device?: string;
};

export interface SendOptions {
  /** From the beginning of one frame to that of the next, in microseconds; none unless told. The switch is never sent more than it can queue. */
  readonly gapMicros?: number;
}

/** Frames that are being sent, one after another, until told to stop. */
export interface FrameStream {
  /** Ends it after the frame that is being sent. Throws SupportError `command-failed` when it had failed before. */
  stop(): Promise<void>;
}

const SENDER = join(import.meta.dirname, 'send-frames.py');

/** Opens the queues of the switch in its namespace, then enters that of the VM. Its arguments: VM's namespace, program... */
const ENTER = 'exec 3</proc/net/packet 4</proc/net/softnet_stat; exec ip netns exec "$@"';

function lengthPrefixed(frame: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(frame.length);
  return Buffer.concat([length, frame]);
}

/** The arguments of `ip` that run the sender in a namespace. */
function senderIn({ switch: on, namespace, device = 'eth0' }: Sender, gapMicros: number): readonly string[] {
  const python = ['/usr/bin/python3', SENDER, device, String(gapMicros)];
  return on.namespace.command('sh', ['-c', ENTER, 'sh', namespace.name, ...python]);
}

/**
 * Sends frames from a VM exactly as they are, through a packet socket on its eth0; a frame can be as long as its MTU and
 * Ethernet header with one tag. Resolves when all were sent, not when they have arrived: see settle.
 * Throws SupportError `command-failed`, for one when a frame is too long.
 */
export async function sendFrames(
  sender: Sender,
  frames: readonly Uint8Array[],
  { gapMicros = 0 }: SendOptions = {},
): Promise<void> {
  const input = Buffer.concat(frames.map(lengthPrefixed));
  const sent = Number(await runCommand('ip', senderIn(sender, gapMicros), { input }));
  if (sent !== frames.length) throw new SupportError('command-failed', `${sent} of ${frames.length} frames were sent`);
}

/**
 * Begins to send from a VM the frames that `next` makes, without end: as many as the sender takes, some hundreds of them
 * ahead of time.
 */
export function streamFrames(
  from: Sender,
  next: () => Uint8Array,
  { gapMicros = 1000 }: SendOptions = {},
): FrameStream {
  const sender = execa('ip', senderIn(from, gapMicros), { reject: false, forceKillAfterDelay: 5000 });
  const { stdin } = sender;
  // A sender that has ended says so by its exit code.
  stdin.on('error', () => undefined);
  let over = false;
  const feed = () => {
    while (!over && stdin.write(lengthPrefixed(next())));
  };
  stdin.on('drain', feed);
  feed();
  return {
    stop: async () => {
      over = true;
      sender.kill('SIGTERM');
      const { exitCode, signal, stderr, shortMessage } = await sender;
      // The signal itself ends one that has not begun yet.
      if (exitCode !== 0 && signal !== 'SIGTERM')
        throw new SupportError('command-failed', `the sender failed: ${stderr || shortMessage}`);
    },
  };
}
