import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { agentModel } from '../../src/settings/agent-settings.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { serverModel } from '../../src/settings/server-settings.ts';
import { USUAL_RABBITMQ_IMAGE } from '../support/docker.ts';
import { readComposeFile } from './compose-file.ts';
import { copiedPaths, environment, ROOT, readRootFile, stages } from './dockerfile.ts';
import { WORKFLOW } from './workflow.ts';

const scripts = readdirSync(join(ROOT, 'docker')).map((name) => `docker/${name}`);
const { services, volumes } = readComposeFile();

test('the README has people type what is tested', () => {
  const readme = readRootFile('README.md').split('\n');
  expect(WORKFLOW.filter((line) => !readme.includes(line))).toEqual([]);
});

describe('docker-compose.yml', () => {
  test('runs a broker, the control plane and a host, each with a healthcheck, built from stages that are there', () => {
    expect(Object.keys(services)).toEqual(['rabbitmq', 'server', 'host']);
    const targets = Object.values(services).flatMap(({ build }) => build?.target ?? []);
    expect(targets).toEqual(['server', 'host']);
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(targets));
    expect(services['rabbitmq']?.image).toBe(USUAL_RABBITMQ_IMAGE);
  });

  test('waits for services and keeps volumes that are there', () => {
    const dependencies = Object.values(services).flatMap(({ depends_on }) => Object.keys(depends_on));
    expect(dependencies.filter((name) => services[name] === undefined)).toEqual([]);
    const kept = Object.values(services).flatMap((service) => service.volumes.map((volume) => volume.split(':')[0]));
    expect(kept).toEqual(Object.keys(volumes));
  });

  test('gives both programs settings that they take, and the same broker', () => {
    const server = loadSettings(serverModel, null, { ...environment, ...services['server']?.environment });
    const agent = loadSettings(agentModel, null, services['host']?.environment ?? {});
    const { RABBITMQ_DEFAULT_USER: user, RABBITMQ_DEFAULT_PASS: password } = services['rabbitmq']?.environment ?? {};
    expect(server.bus.urls).toEqual([`amqp://${user}:${password}@rabbitmq:5672/`]);
    expect(agent.bus.urls).toEqual(server.bus.urls);
    expect(services['server']?.healthcheck.test.join(' ')).toContain(`http://127.0.0.1:${server.listen.port}/readyz`);
  });

  test('publishes nothing beyond this machine, as every caller is an administrator', () => {
    const published = Object.values(services).flatMap(({ ports }) => ports);
    expect(published).toEqual(['127.0.0.1:9696:9696']);
  });
});

describe('the Dockerfile', () => {
  const sent = readRootFile('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  const isSent = (path: string) => sent.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));

  test('copies only what is there and is sent to the engine', () => {
    expect(copiedPaths.length).toBeGreaterThan(0);
    expect(copiedPaths.filter((path) => !existsSync(join(ROOT, path)) || !isSent(path))).toEqual([]);
  });

  test('gets what it is sent, and no more', () => {
    expect(
      sent.filter((prefix) => !copiedPaths.some((path) => path === prefix || path.startsWith(`${prefix}/`))),
    ).toEqual([]);
  });
});

describe('the scripts of the images', () => {
  test.each(scripts)('%s is a program that bash can read, and is copied', async (script) => {
    accessSync(join(ROOT, script), constants.X_OK);
    await execa('bash', ['-n', join(ROOT, script)]);
    expect(copiedPaths).toContain(script);
  });

  test('shellcheck has nothing to say', async (context) => {
    const shellcheck = await execa('shellcheck', ['--severity=warning', ...scripts], { cwd: ROOT, reject: false });
    context.skip(shellcheck.code === 'ENOENT', 'shellcheck is not installed');
    expect(shellcheck.stdout).toBe('');
  });
});
