import { ExecaError, execa } from 'execa';
import type { FlowBridge, FlowMod, FlowText } from './flow.ts';
import { formatFlowMod, parseFlowDump } from './flow-syntax.ts';
import { OpenflowError } from './openflow-error.ts';

/** Neutron allows OpenFlow10 to 14 on br-int; 1.4 is the first whose bundles are atomic (ovs-ofctl(8), "--bundle"). */
const VERSION = ['-O', 'OpenFlow14'];

/** A switch that does not answer for this long, in seconds, counts as unreachable. */
const TIMEOUT_SECONDS = 10;

async function ofctl(args: readonly string[], input: string): Promise<string> {
  try {
    const { stdout } = await execa('ovs-ofctl', [...VERSION, `--timeout=${TIMEOUT_SECONDS}`, ...args], { input });
    return stdout;
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error;
    const said = error.stderr || error.shortMessage;
    const unreachable = error.isTerminated || /failed to connect|connection|No such file/i.test(said);
    throw new OpenflowError(unreachable ? 'unreachable' : 'refused', `ovs-ofctl ${args[0]}: ${said}`, { cause: error });
  }
}

/** Reads and changes the flows of one bridge through its management socket, `<run dir>/<bridge>.mgmt`. */
export class Ofctl {
  readonly #bridge: FlowBridge;
  readonly #target: string;

  constructor(bridge: FlowBridge, runDir: string, name: string) {
    this.#bridge = bridge;
    this.#target = `unix:${runDir}/${name}.mgmt`;
  }

  /**
   * Every flow whose cookie agrees with `cookie` in the bits of `mask`.
   * @throws OpenflowError
   */
  async dump(cookie: bigint, mask: bigint): Promise<readonly FlowText[]> {
    const filter = `cookie=0x${cookie.toString(16)}/0x${mask.toString(16)}`;
    const text = await ofctl(['--no-names', '--no-stats', 'dump-flows', this.#target, filter], '');
    return parseFlowDump(this.#bridge, text);
  }

  /**
   * Changes flows in order, all of them or none, and resolves when the switch has confirmed it.
   * @throws OpenflowError
   */
  async commit(mods: readonly FlowMod[]): Promise<void> {
    await ofctl(['--bundle', 'add-flows', this.#target, '-'], `${mods.map(formatFlowMod).join('\n')}\n`);
  }
}
