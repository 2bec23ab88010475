import { eventually } from '../support/eventually.ts';
import { startProcess } from '../support/process.ts';
import type { Vm } from '../support/vm.ts';

/** The receive buffer keeps the window small: the switch's sockets hold no more than some 100 full frames. */
const SERVER = `
import socket
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
server.bind(("0.0.0.0", 5001))
server.listen()
print("listening", flush=True)
connection, _ = server.accept()
received = b""
while part := connection.recv(65536):
    received += part
connection.sendall(str(len(received)).encode())
connection.close()
`;

const CLIENT = `
import socket, sys
connection = socket.create_connection((sys.argv[1], 5001), timeout=30)
connection.sendall(bytes(range(256)) * (int(sys.argv[2]) // 256))
connection.shutdown(socket.SHUT_WR)
print(connection.makefile().read())
`;

/** Sends so many bytes (a multiple of 256) over a TCP connection of two VMs' kernels; answers how many arrived. */
export async function exchangeTcp(client: Vm, server: Vm, bytes: number): Promise<number> {
  const listener = await startProcess('ip', server.namespace.command('/usr/bin/python3', ['-c', SERVER]));
  try {
    await eventually(() => listener.output().includes('listening'), { what: 'the TCP server to listen' });
    const answer = await client.exec('/usr/bin/python3', ['-c', CLIENT, server.ip ?? '', String(bytes)]);
    await listener.ended;
    return Number(answer);
  } finally {
    await listener.stop();
  }
}
