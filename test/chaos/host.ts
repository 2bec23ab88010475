import { join } from 'node:path';
import { type NotifySocket, notifySocket } from '../host/notify-socket.ts';
import { addInstallation, type Installation } from '../support/installation.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { addTinyDisk, type TinyDisk } from '../support/tiny-disk.ts';
import type { Voices } from './copies.ts';
import { Crowd } from './crowd.ts';
import { type ChaosStage, setStage } from './stage.ts';

/** One host with everything for faults of the agent: it lasts for all tests of a file, since its start takes its time. */
export interface Host {
  readonly scene: Scene;
  /** From which its agent runs. */
  readonly installation: Installation;
  /** Where its agent keeps the taps. */
  readonly disk: TinyDisk;
  /** What its agent tells of itself. */
  readonly systemd: NotifySocket;
  /** Taps that stay, through whatever happens. */
  readonly stage: ChaosStage;
  /** A hundred ports, plugged all, of other networks than those of the stage. */
  readonly crowd: Crowd;
  /** Some of them. */
  readonly voices: Voices;
  stop(): Promise<void>;
}

/** So that a port that is away for a while is no ERROR: that is not what is tested here. */
const SETTINGS = { port_grace_seconds: 3600 };

/** The journal and its successor have room, and it is filled quickly. */
const DISK_KIB = 2048;

/** Networks of three sensors, of 13 networks with 7 ports each, and of some that have a network for themselves. */
const SIZES = [1, 1, 1, ...Array<number>(13).fill(7), 1, 1, 1, 1, 1, 1];

function voicesOf(crowd: Crowd): Voices {
  const [one = [], two = [], three = []] = [crowd.of(3), crowd.of(4), crowd.of(5)];
  return {
    sensors: crowd.ports.slice(0, 3),
    sources: [...one.slice(0, 2), ...two.slice(0, 1), ...three.slice(0, 1)],
    bystanders: [...one.slice(2, 3), ...two.slice(1, 2), ...crowd.of(6).slice(0, 1)],
  };
}

/** Starts it, leaving nothing behind when a part does not start. */
export async function startHost(): Promise<Host> {
  await using cleanups = new AsyncDisposableStack();
  const installation = await addInstallation();
  cleanups.defer(() => installation.remove());
  const disk = await addTinyDisk(DISK_KIB);
  cleanups.defer(() => disk.remove());
  const systemd = await notifySocket(join(installation.folder, 'notify'));
  cleanups.defer(() => systemd.stop());
  const { NOTIFY_SOCKET = '' } = systemd.environment;
  const agentOptions = { dist: installation.dist, stateDir: disk.path, env: { NOTIFY_SOCKET } };
  const scene = await startScene({ agentOptions, settings: SETTINGS });
  cleanups.defer(() => scene.stop());
  const crowd = await Crowd.gather(scene.on, SIZES);
  cleanups.defer(() => crowd.remove());
  await crowd.plug(...crowd.ports);
  const stage = await setStage(scene);
  const all = cleanups.move();
  return { scene, installation, disk, systemd, stage, crowd, voices: voicesOf(crowd), stop: () => all.disposeAsync() };
}
