import { isLively, type Surroundings } from './surroundings.ts';

/** What a user sees while a command waits. */
export interface Progress {
  tell(text: string): void;
  end(): void;
}

/** A spinner on a terminal, on standard error; silence elsewhere. */
export async function startProgress(surroundings: Surroundings, text: string): Promise<Progress> {
  const { stderr } = surroundings;
  if (!isLively(stderr, surroundings)) return { tell: () => undefined, end: () => undefined };
  const { default: yoctoSpinner } = await import('yocto-spinner');
  // Ctrl-C is ours: the command still prints what it has made.
  const spinner = yoctoSpinner({ text, stream: stderr, handleSignals: false }).start();
  return {
    tell: (text) => {
      if (spinner.text !== text) spinner.text = text;
    },
    end: () => {
      spinner.stop();
    },
  };
}
