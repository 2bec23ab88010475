/** taas: the command line of Tap-as-a-Service, for taas-server and Neutron. This file only wires it to its process. */
import { runCli } from './cli/run-cli.ts';
import { packageVersion } from './host/package-version.ts';

/**
 * A reader that has had enough, as `head` has, is no failure: what was begun goes on to its end. Everything else is one, a
 * full disk for instance, and told while there is a way to tell it.
 */
function watchOutput(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    outputLost = true;
    if (stream === process.stdout) process.stderr.write(`taas: the output cannot be written: ${error.message}\n`);
  });
}

let outputLost = false;
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
watchOutput(process.stdout);
watchOutput(process.stderr);
const exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  folder: '.',
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interruption.signal,
  version: packageVersion(),
});
process.on('exit', () => {
  process.exitCode = exitCode === 0 && outputLost ? 1 : exitCode;
});
