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

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/switch/**', 'test/broker/**', 'test/e2e/**'],
          testTimeout: 60_000,
        },
      },
      real('switch'),
      real('broker'),
      real('e2e'),
    ],
    maxWorkers: 2,
  },
});
