import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { SupportError } from './support-error.ts';
import type { Vm } from './vm.ts';

export interface SendOptions {
  /** Pause after each frame, in microseconds; none unless told. The switch is never sent more than it can queue. */
  readonly gapMicros?: number;
}

const SENDER = join(import.meta.dirname, 'send-frames.py');

/** Opens the queues of the switch in its namespace, then enters that of the VM. Its arguments: VM's namespace, program... */
const ENTER = 'exec 3</proc/net/packet 4</proc/net/softnet_stat; exec ip netns exec "$@"';

function lengthPrefixed(frame: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(frame.length);
  return Buffer.concat([length, frame]);
}

/**
 * Sends frames from a VM exactly as they are, through a packet socket on its eth0; a frame can be as long as its MTU and
 * Ethernet header with one tag. Resolves when all were sent, not when they have arrived: see settle.
 * Throws SupportError `command-failed`, for one when a frame is too long.
 */
export async function sendFrames(
  vm: Vm,
  frames: readonly Uint8Array[],
  { gapMicros = 0 }: SendOptions = {},
): Promise<void> {
  const python = ['/usr/bin/python3', SENDER, 'eth0', String(gapMicros)];
  const enter = vm.switch.namespace.command('sh', ['-c', ENTER, 'sh', vm.namespace.name, ...python]);
  const sent = Number(await runCommand('ip', enter, { input: Buffer.concat(frames.map(lengthPrefixed)) }));
  if (sent !== frames.length) throw new SupportError('command-failed', `${sent} of ${frames.length} frames were sent`);
}
