import { handleSignals } from '../../src/host/handle-signals.ts';

/** A daemon that only says which signals it got; it ends itself when nobody does. */
const say = (text: string) => process.stdout.write(`${text}\n`);

const release = handleSignals({
  stop: (signal) => say(`stop ${signal}`),
  stopNow: (signal) => {
    say(`stop now ${signal}`);
    process.exitCode = 1;
    release();
    clearTimeout(timer);
  },
  reload: () => say('reload'),
  dump: () => say('dump'),
});
const timer = setTimeout(() => process.exit(3), 120_000);
say('ready');
