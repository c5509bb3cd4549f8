import { createServer } from 'node:http';
import { KitError } from '@gatehouse/shared/errors.ts';
import { getRequestListener } from '@hono/node-server';
import type { Console } from './app.tsx';

/** The console's listener. Shape: `origin` is where people open it. */
export interface WebServer {
  readonly origin: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 60_000;

/** Serves the console on this machine alone. Errors: `PORT_TAKEN`. */
export async function serveConsole(console: Pick<Console, 'fetch'>, port: number): Promise<WebServer> {
  const listener = getRequestListener((request, env) => console.fetch(request, env));
  const server = createServer(
    { headersTimeout: HEADERS_MS_MAX, requestTimeout: REQUEST_MS_MAX },
    (request, response) => {
      void listener(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenFailure(cause, port)));
    server.listen(port, HOST, resolve);
  });
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listenFailure(cause: NodeJS.ErrnoException, port: number): KitError {
  if (cause.code === 'EADDRINUSE') {
    return new KitError('PORT_TAKEN', `port ${port} of the console is taken by another program`, {
      hint: 'Stop that program, or choose another port: GATEHOUSE_PORT=4681 npm start.',
      cause,
    });
  }
  return new KitError('PORT_TAKEN', `port ${port} of the console cannot be opened: ${cause.message}`, {
    hint: 'Choose another port with GATEHOUSE_PORT.',
    cause,
  });
}
