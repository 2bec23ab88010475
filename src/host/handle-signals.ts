/** What the daemon does on signals. The callbacks are started, not awaited, and must not throw. */
export interface SignalCallbacks {
  /** The first SIGTERM or SIGINT. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** Each further one: whoever sends it no longer wants to wait, so the process ends at once with code 1. */
  readonly stopNow: (signal: NodeJS.Signals) => void;
  /** SIGHUP. */
  readonly reload: () => void;
  /** SIGUSR1, which without a listener would open Node's debugger port. */
  readonly dump: () => void;
}

/** Listens for the signals of a daemon. Returns what ends the listening, after which they have their default effects. */
export function handleSignals({ stop, stopNow, reload, dump }: SignalCallbacks): () => void {
  let stopping = false;
  const onStop = (signal: NodeJS.Signals) => {
    if (stopping) return stopNow(signal);
    stopping = true;
    stop(signal);
  };
  const listeners: readonly (readonly [NodeJS.Signals, (signal: NodeJS.Signals) => void])[] = [
    ['SIGTERM', onStop],
    ['SIGINT', onStop],
    ['SIGHUP', () => reload()],
    ['SIGUSR1', () => dump()],
  ];
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
