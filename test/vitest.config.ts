import { defineConfig } from 'vitest/config';
import { times } from './support/times.ts';

/** Tests that need a real switch or broker. Those that measure time run one file after another. */
const real = (name: string) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    fileParallelism: false,
    testTimeout: times({ short: 120_000, long: 1_200_000 }),
    hookTimeout: 120_000,
  },
});

/** Others run two files at a time: each waits for processes, disks and clocks for half of its time. */
const sideBySide = (name: string) => ({ test: { ...real(name).test, fileParallelism: true } });

/** The same, with one broker for all files. */
const withBroker = (name: string) => ({
  test: { ...sideBySide(name).test, globalSetup: 'test/support/shared-broker.ts' },
});

/** Faults of everything around the agent, again and again. */
const chaos = { test: { ...real('chaos').test, testTimeout: times({ short: 180_000, long: 3_600_000 }) } };

/** The tests with a broker once more, against RabbitMQ's official image; all but those of the broker's own processes. */
const inContainer = {
  test: {
    ...withBroker('broker').test,
    name: 'broker-container',
    exclude: ['test/broker/rabbitmq.test.ts'],
    env: { TAAS_TEST_BROKER: 'container' },
  },
};

/** Killing a process twenty times over takes its time: `npm run check` does without. */
const slow = process.env['TAAS_TEST_FAST'] ? ['test/**/kill*.test.ts'] : [];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/switch/**', 'test/broker/**', 'test/e2e/**', 'test/chaos/**', ...slow],
          // The longest takes five seconds, and twenty times that on a machine that is busy otherwise.
          testTimeout: times({ short: 180_000, long: 3_600_000 }),
          hookTimeout: 180_000,
          // Most of their time was that of loading the same modules for each file.
          isolate: false,
        },
      },
      sideBySide('switch'),
      withBroker('broker'),
      inContainer,
      withBroker('e2e'),
      chaos,
    ],
    maxWorkers: 2,
  },
});
