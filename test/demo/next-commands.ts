import { join } from 'node:path';
import type { Vm } from '../support/vm.ts';
import type { Teller } from './teller.ts';

const TAAS = join(import.meta.dirname, '../../dist/taas');

/** Resolves when the reader has had enough. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    // A listener for a signal does not keep the process alive; a timer does.
    const stay = setInterval(() => undefined, 60_000);
    process.once('SIGINT', () => {
      clearInterval(stay);
      resolve();
    });
  });
}

interface Places {
  readonly web: Vm;
  readonly client: Vm;
  readonly sensor: Vm;
}

/** Tells what to type in another terminal, and leaves all running until Ctrl-C. */
export async function showNextCommands(teller: Teller, url: string, { web, client, sensor }: Places): Promise<void> {
  const enter = (vm: Vm) => `ip netns exec ${vm.namespace.name}`;
  teller.title('\nIt keeps running until you press Ctrl-C. In another terminal, as root:\n');
  for (const line of [
    `export OS_ENDPOINT=${url}; alias taas=${TAAS}`,
    `${enter(sensor)} tcpdump -nei eth0             # what the sensor sees`,
    `${enter(client)} ping ${web.ip}                # something to see (a third terminal)`,
    'taas tap flow list',
    'taas tap flow create --port client --tap-service ids --direction IN --wait',
    'taas tap flow delete web --wait                # and the sensor falls silent',
    `curl -s ${url}/openapi.json | less             # the REST API`,
  ]) {
    teller.say(`  ${line}`);
  }
  teller.say();
  await interrupted();
}
