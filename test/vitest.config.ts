import { defineConfig } from 'vitest/config';

/** Tests that need a real switch or broker run one file after another: the machine has few cores and timing is theirs. */
const real = (name: string) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

/** The same with one broker for all files. */
const withBroker = (name: string) => ({ test: { ...real(name).test, globalSetup: 'test/support/shared-broker.ts' } });

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
          exclude: ['test/switch/**', 'test/broker/**', 'test/e2e/**', ...slow],
          testTimeout: 60_000,
        },
      },
      real('switch'),
      withBroker('broker'),
      inContainer,
      withBroker('e2e'),
    ],
    maxWorkers: 2,
  },
});
