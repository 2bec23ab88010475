import { type Capture, type CaptureOptions, capture } from './capture.ts';
import { everyOne } from './every-one.ts';
import type { Vm } from './vm.ts';

/** The captures of a test, so that those end that a failing one has left. */
export class Captures {
  #running: Capture[] = [];

  /** Starts one; unplugging the VM ends it, with an error. */
  async start(vm: Vm, options?: CaptureOptions): Promise<Capture> {
    const started = await capture(vm, options);
    this.#running.push(started);
    const stop = () => {
      this.#running = this.#running.filter((other) => other !== started);
      return started.stop();
    };
    return { ...started, stop };
  }

  async stopAll(): Promise<void> {
    await everyOne(this.#running.splice(0).map((each) => () => each.stop()));
  }
}
