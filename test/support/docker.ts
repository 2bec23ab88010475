import { execa } from 'execa';

export const USUAL_RABBITMQ_IMAGE = 'rabbitmq:3.13-alpine';
/** The broker's image, for docker-compose.yml and for tests against a container. */
export const RABBITMQ_IMAGE = process.env['RABBITMQ_IMAGE'] || USUAL_RABBITMQ_IMAGE;

/** An engine on this machine or near it answers at once; one that hangs is none. */
const PROBE_MS = 15_000;
const PULL_MS = 300_000;

/** Why a command of docker failed, in one line; undefined when it did not. */
async function failure(args: readonly string[], timeout: number): Promise<string | undefined> {
  const { failed, code, timedOut, stderr, shortMessage } = await execa('docker', args, {
    reject: false,
    timeout,
    stdin: 'ignore',
  });
  if (!failed) return undefined;
  if (code === 'ENOENT') return 'there is no docker command';
  if (timedOut) return `docker ${args[0]} did not end within ${timeout / 1000} s`;
  return stderr.trim().split('\n').at(-1) || shortMessage;
}

async function missing(image: string): Promise<string | undefined> {
  if ((await failure(['image', 'inspect', image], PROBE_MS)) === undefined) return undefined;
  const reason = await failure(['pull', '--quiet', image], PULL_MS);
  return reason === undefined ? undefined : `the image ${image} is neither here nor to be had: ${reason}`;
}

/** Why containers of these images cannot be run here, in one line; undefined when they can. Pulls what is not there. */
export async function noContainers(images: readonly string[]): Promise<string | undefined> {
  const noEngine = await failure(['version', '--format', '{{.Server.Version}}'], PROBE_MS);
  if (noEngine !== undefined) return `no Docker engine: ${noEngine}`;
  for (const image of images) {
    const reason = await missing(image);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
