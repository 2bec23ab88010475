import { Rabbitmq } from '../support/rabbitmq.ts';

/** Starts a broker, tells its folder, and stays until it is killed. */
const broker = await Rabbitmq.start();
process.stdout.write(broker.folder);
setInterval(() => undefined, 60_000);
