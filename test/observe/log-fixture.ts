import { createLog } from '../../src/observe/log.ts';

/** A program that logs and then ends at once, as a daemon does on a fatal error. */
const log = createLog({ level: 'info', base: { name: 'taas-agent', host: 'compute-1' } });
for (let number = 0; number < 2000; number += 1) log.info({ number }, 'x'.repeat(100));
log.fatal('the end');
process.exit(1);
