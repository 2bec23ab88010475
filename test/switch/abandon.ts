/** Run by the tests of the support: starts what a test starts, says so in one line of JSON, and waits to be killed. */
import { startProcess } from '../support/process.ts';
import { startSwitch } from '../support/switch.ts';
import { plugVm } from '../support/vm.ts';

const on = await startSwitch();
await on.addBridge('br-int');
const vm = await plugVm(on, { name: 'left', tag: 1 });
const child = await startProcess('sh', ['-c', 'sleep 1000 & wait']);
const left = {
  pids: [on.ovsdb.pid(), on.vswitchd.pid(), child.pid],
  namespaces: [on.namespace.name, vm.namespace.name],
  folder: on.runDir,
};
process.stdout.write(`${JSON.stringify(left)}\n`);
setInterval(() => undefined, 1000);
