import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { baseImages } from '../docker/dockerfile.ts';
import { WORKFLOW } from '../docker/workflow.ts';
import { Compose } from '../support/compose.ts';
import { noContainers, RABBITMQ_IMAGE } from '../support/docker.ts';
import { eventually } from '../support/eventually.ts';

/** The images are built first, packages and all: minutes on a small machine. */
const BUILD_LIMIT_MS = 1_800_000;
const LIMIT_MS = 300_000;

const reason = await noContainers([...baseImages, RABBITMQ_IMAGE]);
if (reason !== undefined) process.stderr.write(`skipped: docker-compose.yml as a whole: ${reason}\n`);

/** `vm1 > vm2 request 1`, of what tcpdump printed of the sensor's frames behind the heading. */
function pingsAtSensor(output: string): readonly string[] {
  const names: Readonly<Record<string, string>> = { '10.0.0.1': 'vm1', '10.0.0.2': 'vm2' };
  const [, seen = ''] = output.split('at the sensor\n');
  return [...seen.matchAll(/(\S+) > (\S+): ICMP echo (request|reply), id \d+, seq (\d+)/g)].map(
    ([, from = '', to = '', kind, sequence]) => `${names[from]} > ${names[to]} ${kind} ${sequence}`,
  );
}

const PINGS = [1, 2, 3].flatMap((sequence) => [`vm1 > vm2 request ${sequence}`, `vm2 > vm1 reply ${sequence}`]);

describe.skipIf(reason !== undefined)('docker-compose.yml', { timeout: LIMIT_MS }, () => {
  let compose: Compose;
  const [up, ...workflow] = WORKFLOW;
  const ping = () => compose.type('docker compose exec host mirrored-ping');

  beforeAll(async () => {
    compose = await Compose.prepare();
    const { exitCode, output } = await compose.type(up);
    expect(exitCode, output).toBe(0);
  }, BUILD_LIMIT_MS);
  afterAll(() => compose?.remove(), LIMIT_MS);

  test('copies nothing that nobody asked for', async () => {
    const { exitCode, output } = await ping();
    expect(output).toContain('3 received');
    expect(pingsAtSensor(output)).toEqual([]);
    expect(exitCode).toBe(1);
  });

  test('shows a mirrored ping after the commands of the workflow, as they stand', async () => {
    const outputs = [];
    for (const line of workflow) {
      const { exitCode, output } = await compose.type(line);
      expect(exitCode, `${line}\n${output}`).toBe(0);
      outputs.push(output);
    }
    const [ports, service, flow, pings = ''] = outputs;
    for (const name of ['vm1', 'vm2', 'sensor']) expect(ports).toMatch(new RegExp(`\\b${name}\\b.*host-1.*ACTIVE`));
    expect(service).toContain('ACTIVE');
    expect(flow).toContain('ACTIVE');
    expect(pingsAtSensor(pings)).toEqual(PINGS);
  });

  test('publishes the API on this machine', async () => {
    const answer = (await (await fetch(`${compose.url}/v2.0/taas/tap_flows`)).json()) as { tap_flows: unknown[] };
    expect(answer.tap_flows).toMatchObject([{ direction: 'BOTH', status: 'ACTIVE' }]);
  });

  test('has its taps again after a restart of everything', async () => {
    await compose.type('docker compose restart');
    const mirrored = async () => pingsAtSensor((await ping()).output).join() === PINGS.join();
    await eventually(mirrored, { what: 'a mirrored ping', timeoutMs: LIMIT_MS / 2 });
  });

  test('copies nothing any more after a delete', async () => {
    const deleted = await compose.type('docker compose exec server taas tap service delete ids --wait');
    expect(deleted.exitCode, deleted.output).toBe(0);
    expect(pingsAtSensor((await ping()).output)).toEqual([]);
  });

  test('stops cleanly', async () => {
    await compose.type('docker compose stop');
    expect(await compose.inspect('{{.Config.Image}} {{.State.ExitCode}}')).toEqual([
      expect.stringMatching(/^taas-host:\S+ 0$/),
      `${RABBITMQ_IMAGE} 0`,
      expect.stringMatching(/^taas-server:\S+ 0$/),
    ]);
  });
});
