import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A server for what the real ones cannot be made to say. */
export interface WebServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

async function listening(server: Server, scheme: string, host: string): Promise<WebServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  return { url: `${scheme}://${host}:${port}`, port, close };
}

export function startWebServer(listener: RequestListener): Promise<WebServer> {
  return listening(createServer(listener), 'http', '127.0.0.1');
}

export function startTlsServer(options: ServerOptions, listener: RequestListener): Promise<WebServer> {
  return listening(createTlsServer(options, listener), 'https', 'localhost');
}

export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
